// A DeltaDiscoveryRequest from its bytes: the fields that we look at. Pure. Numbers as in envoy/service/discovery/v3/
// discovery.proto, envoy/config/core/v3/base.proto and google/rpc/status.proto.

import type { DeltaNode, DeltaRequest } from "./protocol";
import { fieldsIn, readFields, textOf, type WireField } from "./read";

/** Throws on bytes that are no protobuf message. */
export function decodeRequest(bytes: Uint8Array): DeltaRequest {
  let [typeUrl, responseNonce] = ["", ""];
  let node: DeltaNode | undefined;
  let errorDetail: DeltaRequest["errorDetail"];
  const subscribe: string[] = [];
  const unsubscribe: string[] = [];
  const held: [string, string][] = [];
  for (const { number, value } of readFields(bytes)) {
    if (number === 1) node = decodeNode(value);
    else if (number === 2) typeUrl = textOf(value);
    else if (number === 3) subscribe.push(textOf(value));
    else if (number === 4) unsubscribe.push(textOf(value));
    else if (number === 5) held.push([textIn(value, 1), textIn(value, 2)]);
    else if (number === 6) responseNonce = textOf(value);
    else if (number === 7) errorDetail = { message: textIn(value, 2) };
  }
  return {
    ...{ typeUrl, responseNonce, node, errorDetail },
    ...{ resourceNamesSubscribe: subscribe, resourceNamesUnsubscribe: unsubscribe },
    initialResourceVersions: Object.fromEntries(held),
  };
}

function decodeNode(message: WireField["value"]): DeltaNode {
  let id = "";
  let agent: DeltaNode["userAgentVersionType"];
  for (const { number, value } of fieldsIn(message)) {
    if (number === 1) id = textOf(value);
    else if (number === 7) agent = { case: "userAgentVersion", value: textOf(value) };
    else if (number === 8) agent = { case: "userAgentBuildVersion", value: decodeBuild(value) };
  }
  return { id, ...(agent === undefined ? {} : { userAgentVersionType: agent }) };
}

type Build = Extract<DeltaNode["userAgentVersionType"], { case: "userAgentBuildVersion" }>["value"];

function decodeBuild(build: WireField["value"]): Build {
  for (const { number, value } of fieldsIn(build)) {
    if (number !== 1) continue;
    const [majorNumber, minorNumber, patch] = [1, 2, 3].map((at) => numberIn(value, at));
    return { version: { majorNumber: majorNumber ?? 0, minorNumber: minorNumber ?? 0, patch: patch ?? 0 } };
  }
  return {};
}

function textIn(message: WireField["value"], at: number): string {
  for (const { number, value } of fieldsIn(message)) if (number === at) return textOf(value);
  return "";
}

function numberIn(message: WireField["value"], at: number): number {
  for (const { number, value } of fieldsIn(message)) if (number === at && typeof value === "number") return value;
  return 0;
}
