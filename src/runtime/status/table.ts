// The status of a gateway as text: a line about the gateway, a table of its services, the reasons below it. Pure.

import type { ConsulStatus, GatewayStatus, ServiceLine } from "./view";

const HEADS = ["SERVICE", "STATE", "INSTANCES", "LEAF UNTIL", "CA UNTIL", "CLIENT UNTIL", "CHANGED", "NACKS"] as const;

export function renderStatus(status: GatewayStatus): string {
  const { gateway, source, envoy, consul, registration, manifest, login, options, services, startedAt } = status;
  const parts = [
    `gateway ${gateway}`,
    source === "consul" ? `on Consul${consul?.state === "away" ? ", which does not answer" : ""}` : "standalone",
    `since ${short(startedAt)}`,
    `Envoy ${[envoy.version, envoy.state, envoy.pid && `(pid ${envoy.pid})`].filter(Boolean).join(" ")}`,
    ...(registration === undefined ? [] : [`registration ${registration.state}`]),
    ...(manifest === undefined ? [] : [`manifest ${manifest.state}`]),
    ...(login === undefined
      ? []
      : [`login: ${login.state}${login.until === undefined ? "" : ` until ${short(login.until)}`}`]),
    ...(options.length === 0 ? [] : [`options not taken: ${options.length}`]),
  ];
  const reasonOf = (what: string, of: { readonly reason?: string } | undefined): readonly string[] =>
    of?.reason === undefined ? [] : [`${what}: ${of.reason}`];
  const reasons = [
    ...consulLine(consul),
    ...reasonOf("registration", registration),
    ...reasonOf("manifest", manifest),
    ...reasonOf("login", login),
    ...options.map(({ option, reason }) => `option not taken: ${option}: ${reason}`),
    ...services.flatMap(({ name, reason }) => (reason === undefined ? [] : [`${name}: ${reason}`])),
    ...services.flatMap(({ name, lastNack }) => (lastNack === undefined ? [] : [`${name}: last NACK: ${lastNack}`])),
  ];
  const table = services.length === 0 ? "no service is linked" : tableOf([HEADS, ...services.map(rowOf)]);
  return [parts.join(", "), "", table, ...(reasons.length === 0 ? [] : ["", ...new Set(reasons)])].join("\n");
}

function consulLine(consul: ConsulStatus | undefined): readonly string[] {
  if (consul === undefined) return [];
  const { state, since, reason, lastGood } = consul;
  const serves = lastGood && `the last good state of ${short(lastGood.of)} serves, since ${short(lastGood.since)}`;
  if (state === "away") {
    return [`Consul: no answer since ${short(since)}: ${reason}; ${serves ?? "what it told last serves"}`];
  }
  return serves === undefined ? [] : [`Consul: it has not told everything since the start; ${serves}`];
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
