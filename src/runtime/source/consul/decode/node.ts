// JSON of one node → what may have changed of which service, as marks to compare.

import { type Fields, readList, readObject, readOptionalText, readText, readWhole } from "./reading";

/** Service name ("" for the node itself) and a mark of all that this answer says of it; sorted. */
export type NodeMarks = readonly (readonly [service: string, mark: string])[];

/** GET /v1/catalog/node/<node>: its services, and its own address. None for a node that is not there. */
export function decodeNodeServices(body: unknown): NodeMarks {
  if (body === undefined || body === null) return [];
  const { Node, Services } = readObject(body, "node");
  const services = Object.entries(readObject(Services ?? {}, "Services"));
  return marksOf([
    ["", markOf(readObject(Node, "Node"), "Node", "Node")],
    ...services.map(([id, service]): [string, string] => {
      const fields = readObject(service, `Services.${id}`);
      return [readText(fields, "Service", `Services.${id}`), markOf(fields, "ID", `Services.${id}`)];
    }),
  ]);
}

/** GET /v1/health/node/<node>: checks of its services, and of the node. */
export function decodeNodeChecks(body: unknown): NodeMarks {
  return marksOf(
    readList(body, "checks", (item, path) => {
      const fields = readObject(item, path);
      return [readOptionalText(fields, "ServiceName", path) ?? "", markOf(fields, "CheckID", path)];
    }),
  );
}

/** GET /v1/catalog/nodes: their names, sorted. */
export function decodeNodeNames(body: unknown): readonly string[] {
  return readList(body, "nodes", (item, path) => readText(readObject(item, path), "Node", path)).toSorted();
}

function markOf(fields: Fields, id: string, path: string): string {
  return `${readText(fields, id, path)} ${readWhole(fields, "ModifyIndex", path)}`;
}

function marksOf(marks: readonly (readonly [string, string])[]): NodeMarks {
  const byService = new Map<string, string>();
  for (const [service, mark] of marks.toSorted(([, a], [, b]) => (a < b ? -1 : 1))) {
    byService.set(service, `${byService.get(service) ?? ""}${mark}\n`);
  }
  return [...byService];
}
