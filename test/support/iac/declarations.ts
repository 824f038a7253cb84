// The declarations that every engine deploys in tests.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { GatewayProps, ServiceProps } from "../../../src/model/props";
import { goldenCases } from "../golden";

/** The props of a golden case. */
export function declaration(name: string): GatewayProps {
  const found = goldenCases().find((each) => each.name === name);
  if (found === undefined) throw new Error(`no golden case ${name}`);
  return found.props as GatewayProps;
}

/** The same with its first service changed. */
export function withService(props: GatewayProps, change: Partial<ServiceProps>): GatewayProps {
  const [first, ...rest] = props.services ?? [];
  if (first === undefined) throw new Error("no service to change");
  return { ...props, services: [{ ...first, ...change }, ...rest] };
}

/** The manifest of a golden case, as the bytes that every engine must give. */
export function goldenText(name: string): string {
  const found = goldenCases().find((each) => each.name === name);
  return readFileSync(join(found?.dir ?? "", "manifest.json"), "utf8");
}
