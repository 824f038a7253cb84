// JSON of the catalog → linked services and their instances.

import { given } from "../../../../model/given";
import { formatServiceName, type ServiceName } from "../../../../model/service-name";
import type { Instance, LinkedService } from "../../../snapshot/state";
import {
  DecodeError,
  type Fields,
  readFlag,
  readList,
  readObject,
  readOptionalText,
  readText,
  readWhole,
} from "./reading";

export interface LinkRow {
  readonly service: ServiceName;
  readonly link: LinkedService;
  /** The service is a `Destination` of its service-defaults and has no instances in the catalog. */
  readonly isDestination: boolean;
}

/**
 * GET /v1/catalog/gateway-services/<gateway>. Wildcard rows are there already expanded; an explicit row wins.
 * As in Consul, TLS begins with a CAFile: without one the gateway speaks plaintext.
 */
export function decodeLinks(body: unknown): readonly LinkRow[] {
  const rows = readList(body, "gateway-services", (item, path) => {
    const fields = readObject(item, path);
    const service = readServiceName(readObject(fields.Service, `${path}.Service`), `${path}.Service`);
    const autoHostRewrite = readFlag(fields, "AutoHostRewrite", path, true);
    const link = { name: formatServiceName(service), upstream: readUpstream(fields, path), autoHostRewrite };
    const isDestination = readOptionalText(fields, "ServiceKind", path) === "destination";
    return { row: { service, link, isDestination }, fromWildcard: readFlag(fields, "FromWildcard", path, false) };
  });
  const byName = new Map<string, LinkRow>();
  const explicitLast = [...rows].sort((a, b) => Number(b.fromWildcard) - Number(a.fromWildcard));
  for (const { row } of explicitLast) byName.set(row.link.name, row);
  return [...byName.values()].sort((a, b) => (a.link.name < b.link.name ? -1 : 1));
}

function readUpstream(fields: Fields, path: string): LinkedService["upstream"] {
  const caFile = readOptionalText(fields, "CAFile", path);
  if (caFile === undefined) return { mode: "plaintext" };
  const certFile = readOptionalText(fields, "CertFile", path);
  const keyFile = readOptionalText(fields, "KeyFile", path);
  const sni = readOptionalText(fields, "SNI", path);
  return {
    ...{ mode: "tls", caFile, insecureSkipVerify: false },
    ...(certFile === undefined || keyFile === undefined ? {} : { certFile, keyFile }),
    ...(sni === undefined ? {} : { sni }),
  };
}

/**
 * GET /v1/config/terminating-gateway/<gateway>: names that the entry links, without the wildcard; none when it is absent.
 * A name here that gateway-services does not list is hidden from the token.
 */
export function decodeEntryNames(body: unknown): readonly string[] {
  if (body === undefined) return [];
  const services = readObject(body, "terminating-gateway").Services;
  const names = readList(services, "Services", (item, path) => readServiceName(readObject(item, path), path));
  return names.filter(({ name }) => name !== "*").map(formatServiceName);
}

function readServiceName(fields: Fields, path: string): ServiceName {
  const namespace = readOptionalText(fields, "Namespace", path);
  const partition = readOptionalText(fields, "Partition", path);
  return {
    name: readText(fields, "Name", path),
    ...given({ namespace, partition }),
  };
}

/**
 * GET /v1/health/service/<service>: every instance, sorted by id, the failing ones marked.
 * `onlyPassing`: a warning is a failure.
 */
export function decodeInstances(body: unknown, onlyPassing = false): readonly Instance[] {
  const instances = readList(body, "health", (item, path) => readInstance(readObject(item, path), path, onlyPassing));
  return [...instances].sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** The nodes of GET /v1/health/service/<service>, each once. */
export function decodeNodesOf(body: unknown): readonly string[] {
  const names = readList(body, "health", (item, path) => {
    const node = readObject(readObject(item, path).Node, `${path}.Node`);
    return readText(node, "Node", `${path}.Node`);
  });
  return [...new Set(names)];
}

function readInstance(fields: Fields, path: string, onlyPassing: boolean): Instance {
  const node = readObject(fields.Node, `${path}.Node`);
  const service = readObject(fields.Service, `${path}.Service`);
  const states = readList(fields.Checks, `${path}.Checks`, (item, at) => readText(readObject(item, at), "Status", at));
  const failed = onlyPassing ? states.some((state) => state !== "passing") : states.includes("critical");
  const address = readOptionalText(service, "Address", `${path}.Service`) ?? readText(node, "Address", `${path}.Node`);
  const port = readWhole(service, "Port", `${path}.Service`);
  if (port < 0 || port > 65535) throw new DecodeError(`${path}.Service.Port`, "port number");
  const weight = readWeight(service, states.includes("warning") ? "Warning" : "Passing", path);
  return {
    // Service ids are unique on their node only.
    id: `${readText(node, "Node", `${path}.Node`)}/${readText(service, "ID", `${path}.Service`)}`,
    address,
    port,
    weight: Math.min(Math.max(weight, 1), 128),
    // As Consul: one critical check is enough, maintenance is such a check; a weight below 1 means "send nothing".
    healthy: weight >= 1 && !failed,
  };
}

function readWeight(service: Fields, key: "Passing" | "Warning", path: string): number {
  if (service.Weights === undefined || service.Weights === null) return 1;
  return readWhole(readObject(service.Weights, `${path}.Service.Weights`), key, `${path}.Service.Weights`);
}
