// The declarations that every engine deploys in tests.

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
