export { ConditionEditor } from "./editor";
export { below, said, type Faults } from "./faults";
export { attributesQuery, segmentsQuery } from "./queries";
export { comparison, spoken, unfinished } from "./blanks";
export { ValueTags } from "./value-tags";
