// Random intention lists with callers and requests, from few names so that they meet.
import fc from "fast-check";
import type { HeaderMatch, Intention, Permission } from "../../../../src/model/gateway";
import type { Caller, PlainRequest } from "./consul-intentions";

const action = fc.constantFrom<"allow" | "deny">("allow", "deny");
const someName = fc.constantFrom("web", "we", "web2", "rogue", "a.b");
const someNamespace = fc.constantFrom("default", "shop");
const somePartition = fc.constantFrom("default", "ap1");

const header: fc.Arbitrary<HeaderMatch> = fc.record({
  name: fc.constantFrom("x-a", "x-b"),
  kind: fc.constantFrom("present", "exact", "prefix", "suffix", "contains", "regex"),
  value: fc.constantFrom("v", "V", "vw", "v.w"),
  ignoreCase: fc.boolean(),
  invert: fc.boolean(),
});

const path: fc.Arbitrary<NonNullable<Permission["path"]>> = fc.oneof(
  fc.record({ kind: fc.constantFrom("exact", "prefix"), value: fc.constantFrom("/", "/a", "/a/b") }),
  fc.record({ kind: fc.constant("regex"), value: fc.constantFrom("/a.*", "/[a-b]+", ".*b") }),
) as fc.Arbitrary<NonNullable<Permission["path"]>>;

const permission: fc.Arbitrary<Permission> = fc.record(
  {
    action,
    path,
    methods: fc.subarray(["GET", "POST", "PUT"]),
    headers: fc.array(header, { maxLength: 2 }),
  },
  { requiredKeys: ["action", "methods", "headers"] },
);

function intentionOf(source: string, namespace: string, partition: string, destination: "exact" | "wildcard") {
  const most = destination === "exact" ? 9 : 6;
  const precedence = most - (source === "*" ? 1 : 0) - (namespace === "*" ? 1 : 0);
  return fc
    .oneof(
      action.map((each) => ({ action: each })),
      fc.array(permission, { minLength: 1, maxLength: 3 }).map((permissions) => ({ permissions })),
    )
    .map((decision): Intention => ({ source, namespace, partition, precedence, ...decision }));
}

const intention = fc
  .tuple(
    fc.oneof(someName, fc.constant("*")),
    fc.oneof(someNamespace, fc.constant("*")),
    somePartition,
    fc.constantFrom<"exact" | "wildcard">("exact", "exact", "wildcard"),
  )
  .chain(([name, namespace, partition, destination]) =>
    // Consul refuses a name within every namespace.
    intentionOf(namespace === "*" ? "*" : name, namespace, partition, destination),
  );

const caller: fc.Arbitrary<Caller> = fc.record({
  name: fc.oneof(someName, fc.constant("fresh")),
  namespace: fc.oneof(someNamespace, fc.constant("other")),
  partition: fc.oneof(somePartition, fc.constant("ap9")),
});

const request: fc.Arbitrary<PlainRequest> = fc.record({
  path: fc.constantFrom("/", "/a", "/a?b=/a/b", "/a/b", "/ab", "/c?/a", "/b"),
  method: fc.constantFrom("GET", "POST", "DELETE"),
  headers: fc.dictionary(fc.constantFrom("x-a", "x-b"), fc.constantFrom("v", "V", "vw", "wv", "v.w", "avb", "")),
});

export interface Case {
  readonly intentions: readonly Intention[];
  readonly byDefault: "allow" | "deny";
  readonly caller: Caller;
  readonly request: PlainRequest;
}

/** One intention per source and destination, as Consul keeps them. */
export function intentionLists(): fc.Arbitrary<Case> {
  return fc.record({
    intentions: fc.uniqueArray(intention, {
      maxLength: 6,
      selector: ({ source, namespace, partition, precedence }) => `${partition}/${namespace}/${source}/${precedence}`,
    }),
    byDefault: action,
    caller,
    request,
  });
}
