// What a reader of a page does, in the page's order: types a block, types it in another terminal, or saves it under a name.

import { blocksOf, type Page } from "../../docs/pages";

export interface Step {
  /** `<page>:<line>` of the block. */
  readonly place: string;
  readonly text: string;
  /** "elsewhere" goes on running. */
  readonly kind: "type" | "elsewhere" | "save";
  /** How often Ctrl-C ends the gateway that runs before. */
  readonly ctrlC: number;
  /** Of what is saved. */
  readonly file?: string;
}

const LAST = "## Take it away\n";

/**
 * Every block from the top to the end of "Take it away". Commands are for another terminal where the paragraph above says so;
 * anything else needs a file name there, as "`main.ts`:".
 * @throws Error for a block that a reader would not know what to do with
 */
export function stepsOf(page: Page): readonly Step[] {
  const end = page.text.indexOf("\n## ", page.text.indexOf(LAST) + LAST.length);
  if (!page.text.includes(LAST) || end < 0) throw new Error(`${page.path} does not end with: ${LAST}`);
  const text = page.text.slice(0, end);
  const lines = text.split("\n");
  return blocksOf({ ...page, text }).map(({ place, language, text: body }): Step => {
    const above = paragraphAbove(lines, Number(place.split(":").at(-1)) - 1);
    const kind = language !== "sh" ? "save" : above.includes("another terminal") ? "elsewhere" : "type";
    const step: Step = { place, text: body, kind, ctrlC: above.split("Ctrl-C").length - 1 };
    if (kind !== "save") return step;
    const file = /`([\w.-]+)`:$/.exec(above)?.[1];
    if (file === undefined) throw new Error(`${place}: what is a reader to do with this?`);
    return { ...step, file };
  });
}

/** @param fence index of the line behind it */
function paragraphAbove(lines: readonly string[], fence: number): string {
  const before = lines
    .slice(0, fence - 1)
    .join("\n")
    .trimEnd();
  return before.slice(before.lastIndexOf("\n\n") + 2).replaceAll("\n", " ");
}
