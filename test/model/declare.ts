// Declarations with one part replaced, and the table form of "this mistake is reported there".

import { formatIssue } from "../../src/model/issues";
import { validate } from "../../src/model/validate";

export const known = (leaf: string): string => leaf;

export const billing = { name: "billing", address: "10.0.0.9", port: 443, tls: { caFile: "/ca.pem" } };

export function issuesOf(props: unknown) {
  const result = validate<string>(props, known);
  return result.ok ? [] : result.error;
}

export const inGateway = (fields: object): unknown => ({ name: "egress", datacenter: "dc1", ...fields });
export const inServices = (...services: readonly object[]): unknown => inGateway({ services });
export const inService = (fields: object): unknown => inServices({ ...billing, ...fields });
export const inHttp = (intention: object): unknown =>
  inService({ protocol: "http", intentions: [{ source: "web", ...intention }] });
export const inPermission = (fields: object): unknown => inHttp({ permissions: [{ action: "allow", ...fields }] });
export const inHeader = (fields: object): unknown => inPermission({ headers: [{ name: "x-a", ...fields }] });
export const inInstances = (...instances: readonly object[]): unknown =>
  inServices({ name: "billing", plaintext: true, instances });

export const S = "services[0]";
export const I = "services[0].intentions[0]";
export const P = `${I}.permissions[0]`;
export const H = `${P}.headers[0]`;

/** What, declaration, path, a word of the issue. */
export type Mistake = readonly [string, unknown, string, RegExp];

/** One test for each row: exactly this issue is reported. */
export function testMistakes(mistakes: readonly Mistake[]): void {
  test.each(mistakes)("%s", (_what, props, path, word) => {
    const issues = issuesOf(props);
    expect(issues.map((issue) => issue.path)).toEqual([path]);
    expect(issues.map(formatIssue).join("\n")).toMatch(word);
  });
}
