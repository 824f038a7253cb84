// The building blocks of RBAC matchers: an input and a test of its text, and/or/not over them, and what they lead to.

import type { MessageInitShape } from "@bufbuild/protobuf";
import type { IntentionAction } from "../../model/props";
import { constant } from "./encode";
import { ActionSchema, RBAC_Action } from "./gen/lean/envoy/config/rbac/v3/rbac_pb";
import { FilterStateInputSchema } from "./gen/lean/envoy/extensions/matching/common_inputs/network/v3/network_inputs_pb";
import { UriSanInputSchema } from "./gen/lean/envoy/extensions/matching/common_inputs/ssl/v3/ssl_inputs_pb";
import { HttpRequestHeaderMatchInputSchema } from "./gen/lean/envoy/type/matcher/v3/http_inputs_pb";
import { TypedExtensionConfigSchema } from "./gen/lean/xds/core/v3/extension_pb";
import {
  type Matcher_MatcherList_FieldMatcherSchema,
  type Matcher_MatcherList_PredicateSchema,
  Matcher_OnMatchSchema,
  type MatcherSchema,
} from "./gen/lean/xds/type/matcher/v3/matcher_pb";
import type { StringMatcherSchema } from "./gen/lean/xds/type/matcher/v3/string_pb";
import { pack } from "./pack";

export type Predicate = MessageInitShape<typeof Matcher_MatcherList_PredicateSchema>;
export type Matcher = MessageInitShape<typeof MatcherSchema>;
export type OnMatch = MessageInitShape<typeof Matcher_OnMatchSchema>;
export type Text = MessageInitShape<typeof StringMatcherSchema>;
type Input = MessageInitShape<typeof TypedExtensionConfigSchema>;

/** Filter state with the path alone, put there before RBAC. */
export const PATH_STATE = "consul-terminating-gateway.path";

/** All URI SANs of the caller's certificate, joined by commas: of several, no expression without a comma matches. */
export const URI_SAN: Input = constant(TypedExtensionConfigSchema, {
  name: "uri-san",
  typedConfig: pack(UriSanInputSchema, {}),
});

/** The path without its query, after normalisation. */
export const PATH: Input = constant(TypedExtensionConfigSchema, {
  name: "path",
  typedConfig: pack(FilterStateInputSchema, { key: PATH_STATE }),
});

/** All lines of a header, joined by a comma without a blank; no text where the header is absent. */
export function header(name: string): Input {
  const headerName = name.toLowerCase();
  return { name: "header", typedConfig: pack(HttpRequestHeaderMatchInputSchema, { headerName }) };
}

export function test(input: Input, valueMatch: Text): Predicate {
  return {
    matchType: {
      case: "singlePredicate",
      value: { input, matcher: { case: "valueMatch", value: valueMatch } },
    },
  };
}

/** At least one. */
export function all(predicates: readonly Predicate[]): Predicate {
  const [only] = predicates;
  if (predicates.length === 1 && only !== undefined) return only;
  return { matchType: { case: "andMatcher", value: { predicate: [...predicates] } } };
}

/** At least one. */
export function any(predicates: readonly Predicate[]): Predicate {
  const [only] = predicates;
  if (predicates.length === 1 && only !== undefined) return only;
  return { matchType: { case: "orMatcher", value: { predicate: [...predicates] } } };
}

export function not(predicate: Predicate): Predicate {
  return { matchType: { case: "notMatcher", value: predicate } };
}

/** The whole text must match. */
export function regex(value: string): Text {
  return { matchPattern: { case: "safeRegex", value: { engineType: { case: "googleRe2", value: {} }, regex: value } } };
}

const ACTIONS: Readonly<Record<IntentionAction, OnMatch>> = {
  allow: actionOf("allow", RBAC_Action.ALLOW),
  deny: actionOf("deny", RBAC_Action.DENY),
};

export function decided(action: IntentionAction): OnMatch {
  return ACTIONS[action];
}

function actionOf(name: string, action: RBAC_Action): OnMatch {
  return constant(Matcher_OnMatchSchema, {
    onMatch: { case: "action", value: { name, typedConfig: pack(ActionSchema, { name, action }) } },
  });
}

/** The first that matches decides. */
export function firstOf(
  matchers: MessageInitShape<typeof Matcher_MatcherList_FieldMatcherSchema>[],
  otherwise: OnMatch,
): Matcher {
  return {
    ...(matchers.length === 0 ? {} : { matcherType: { case: "matcherList", value: { matchers } } as const }),
    onNoMatch: otherwise,
  };
}
