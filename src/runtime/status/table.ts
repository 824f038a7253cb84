// The status of a gateway as text: a line about the gateway, a table of its services, the reasons below it. Pure.

import type { GatewayStatus, ServiceLine } from "./view";

const HEADS = ["SERVICE", "STATE", "INSTANCES", "LEAF UNTIL", "CA UNTIL", "CLIENT UNTIL", "CHANGED", "NACKS"] as const;

export function renderStatus(status: GatewayStatus): string {
  const { gateway, source, envoy, registration, manifest, login, services, startedAt } = status;
  const parts = [
    `gateway ${gateway}`,
    source === "consul" ? "on Consul" : "standalone",
    `since ${short(startedAt)}`,
    `Envoy ${[envoy.version, envoy.state, envoy.pid && `(pid ${envoy.pid})`].filter(Boolean).join(" ")}`,
    ...(registration === undefined ? [] : [`registration ${registration.state}`]),
    ...(manifest === undefined ? [] : [`manifest ${manifest.state}`]),
    ...(login === undefined
      ? []
      : [`login: ${login.state}${login.until === undefined ? "" : ` until ${short(login.until)}`}`]),
  ];
  const reasonOf = (what: string, of: { readonly reason?: string } | undefined): readonly string[] =>
    of?.reason === undefined ? [] : [`${what}: ${of.reason}`];
  const reasons = [
    ...reasonOf("registration", registration),
    ...reasonOf("manifest", manifest),
    ...reasonOf("login", login),
    ...services.flatMap(({ name, reason }) => (reason === undefined ? [] : [`${name}: ${reason}`])),
    ...services.flatMap(({ name, lastNack }) => (lastNack === undefined ? [] : [`${name}: last NACK: ${lastNack}`])),
  ];
  const table = services.length === 0 ? "no service is linked" : tableOf([HEADS, ...services.map(rowOf)]);
  return [parts.join(", "), "", table, ...(reasons.length === 0 ? [] : ["", ...new Set(reasons)])].join("\n");
}

function rowOf({ name, state, instances, certificates, changedAt, nacks }: ServiceLine): readonly string[] {
  const { leaf, ca, client } = certificates;
  const count = instances === undefined ? "-" : `${instances.healthy}/${instances.total}`;
  return [name, state, count, ...[leaf, ca, client, changedAt].map(short), String(nacks)];
}

function tableOf(rows: readonly (readonly string[])[]): string {
  const widths = HEADS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  "))
    .map((line) => line.trimEnd())
    .join("\n");
}

/** To the second, UTC. */
function short(time: string | undefined): string {
  return time === undefined ? "-" : time.replace(/\.\d+Z$/, "Z");
}
