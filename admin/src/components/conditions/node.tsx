import { condition as inWords, type Condition } from "@/text/words";

import { Actions } from "./actions";
import { Add } from "./add";
import { spoken } from "./blanks";
import { BucketRow } from "./bucket-row";
import { ComparisonRow } from "./comparison-row";
import styles from "./conditions.module.css";
import { below, said, type Faults } from "./faults";
import { SegmentRow } from "./segment-row";
import { stepsOf, type Tree } from "./steps";
import { flipped, inserted, parts, replaced, wordOf, type Path } from "./tree";
import { WordPicker } from "./word-picker";

/** What every part of the tree needs. */
export interface Scene extends Tree {
  readonly environment: string;
  readonly without?: string;
  readonly attributes: readonly string[];
}

interface NodeProps {
  readonly value: Condition;
  readonly path: Path;
  readonly scene: Scene;
  readonly faults: Faults;
}

/** One condition of the tree with everything below it. */
export function Node(props: NodeProps) {
  if (wordOf(props.value)) return <GroupNode {...props} />;
  if ("not" in props.value) return <NotNode {...props} />;
  return <Leaf {...props} />;
}

function Leaf({ value, path, scene, faults }: NodeProps) {
  const set = (next: Condition) => scene.onChange(replaced(scene.root, path, next));
  return (
    <div className={styles.row} data-path={path.join(".")}>
      <Fields value={value} scene={scene} faults={faults} onChange={set} />
      <Actions name={nameOf(value)} steps={stepsOf(scene, path)} />
    </div>
  );
}

interface FieldsProps {
  readonly value: Condition;
  readonly scene: Scene;
  readonly faults: Faults;
  readonly onChange: (value: Condition) => void;
}

function Fields({ value, scene, faults, onChange }: FieldsProps) {
  if ("segment" in value)
    return (
      <SegmentRow
        value={value}
        environment={scene.environment}
        without={scene.without}
        faults={faults}
        onChange={onChange}
      />
    );
  if ("bucket" in value) return <BucketRow value={value} faults={faults} onChange={onChange} />;
  if ("attribute" in value)
    return <ComparisonRow value={value} attributes={scene.attributes} faults={faults} onChange={onChange} />;
  return null;
}

function GroupNode({ value, path, scene, faults }: NodeProps) {
  const word = wordOf(value) ?? "all";
  const members = parts(value);
  const own = said(faults, "") ?? said(faults, `/${word}`);
  return (
    <fieldset className={styles.plain} data-path={path.join(".")} aria-label={nameOf(value)}>
      <div className={styles.head}>
        <WordPicker
          word={word}
          onChange={(next) => {
            if (next !== word) scene.onChange(replaced(scene.root, path, flipped(value)));
          }}
        />
        {path.length > 0 && <Actions name={nameOf(value)} steps={stepsOf(scene, path)} />}
      </div>
      <div className={styles.group} data-word={word}>
        <ul className={styles.list}>
          {members.map((part, i) => (
            <li key={i}>
              {i > 0 && <span className={styles.word}>{word === "all" ? "AND" : "OR"}</span>}
              <Node
                value={part}
                path={[...path, i]}
                scene={scene}
                faults={below(faults, `/${word}/${String(i)}`)}
              />
            </li>
          ))}
        </ul>
        {own && <p className={styles.fault}>{own}</p>}
        <Add
          empty={
            !members.length && (word === "all" ? "Nothing is asked: everybody matches." : "Nobody matches.")
          }
          onAdd={(next) => scene.onChange(inserted(scene.root, path, next))}
        />
      </div>
    </fieldset>
  );
}

function NotNode({ value, path, scene, faults }: NodeProps) {
  const [inside] = parts(value);
  return (
    <fieldset className={styles.plain} data-path={path.join(".")} aria-label={nameOf(value)}>
      <div className={styles.head}>
        <span className={styles.say}>NOT</span>
        <Actions name={nameOf(value)} steps={stepsOf(scene, path)} />
      </div>
      <div className={styles.group} data-word="not">
        {inside && <Node value={inside} path={[...path, 0]} scene={scene} faults={below(faults, "/not")} />}
      </div>
    </fieldset>
  );
}

const MOST_LETTERS = 60;

function nameOf(value: Condition): string {
  if (wordOf(value))
    return `group ${wordOf(value) === "all" ? "ALL of" : "ANY of"} ${String(parts(value).length)}`;
  const words = inWords(spoken(value));
  return words.length > MOST_LETTERS ? `${words.slice(0, MOST_LETTERS)}…` : words;
}
