export { useRehearsal, type Rehearsal } from "./rehearsal";
export { ServeEditor } from "./serve-editor";
export { SplitEditor, type Split } from "./split-editor";
export { TableBar, tableOf, type Table } from "./table-bar";
export { WeightsEditor } from "./weights-editor";
export { WhoMoves } from "./who-moves";
