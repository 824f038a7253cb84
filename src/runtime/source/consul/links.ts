// Which services the gateway is linked to: gateway-services, and the config entry to find links that the token does not see.

import type { Cancel } from "../../ports";
import { startBlockingQuery } from "./blocking-query";
import { decodeEntryNames, decodeLinks, type LinkRow } from "./decode/catalog";
import type { WatchPorts } from "./watch-ports";

/** The two answers are of different moments: a difference counts when it stays this long. */
const SETTLE_MS = 2_000;

export interface LinksOptions extends WatchPorts {
  readonly gateway: string;
  /** Called after the links event with every row. */
  readonly onLinks: (rows: readonly LinkRow[]) => void;
}

/** A missing config entry means no links; that is no problem. */
export function startLinks(options: LinksOptions): Cancel {
  const { http, emit, gateway, onLinks } = options;
  const name = encodeURIComponent(gateway);
  let rows: readonly LinkRow[] | undefined;
  let filtered = false;
  let declared: readonly string[] = [];
  let said: string | undefined;
  let cancel: Cancel = () => undefined;

  const reasonNow = (): string | undefined => {
    const seen = new Set(rows?.map(({ link }) => link.name));
    return hiddenReason(
      declared.filter((each) => !seen.has(each)),
      filtered,
    );
  };

  /** A problem lasts until the next links event: the event goes first, the problem follows. */
  const say = (): void => {
    if (rows === undefined) return;
    emit({ kind: "links", links: rows.map(({ link }) => link) });
    if (said !== undefined) emit({ kind: "problem", of: { kind: "links" }, reason: said });
  };

  const settle = (): void => {
    cancel();
    cancel = options.clock.setTimer(SETTLE_MS, () => {
      const reason = reasonNow();
      if (reason === said) return;
      said = reason;
      say();
    });
  };

  const stopRows = startBlockingQuery(http, options, {
    path: `/v1/catalog/gateway-services/${name}`,
    decode: decodeLinks,
    priority: true,
    what: "linked services",
    right: `service:read on "${gateway}"`,
    onAnswer(answer) {
      rows = answer.value;
      filtered = answer.filtered;
      if (reasonNow() === undefined) said = undefined;
      say();
      settle();
      onLinks(rows);
    },
    onProblem: (reason) => emit({ kind: "problem", of: { kind: "links" }, reason }),
  });
  const stopEntry = startBlockingQuery(http, options, {
    path: `/v1/config/terminating-gateway/${name}`,
    decode: decodeEntryNames,
    priority: true,
    what: "the gateway's config entry",
    right: `service:read on "${gateway}"`,
    onAnswer(answer) {
      declared = answer.value;
      settle();
    },
    // Only needed to name what is hidden; the rows tell what matters.
    onProblem: (reason) => options.log.debug("config entry not read", { gateway, reason }),
  });
  return () => {
    stopRows();
    stopEntry();
    cancel();
  };
}

function hiddenReason(hidden: readonly string[], filtered: boolean): string | undefined {
  if (hidden.length > 0) {
    const names = hidden.map((each) => `"${each}"`).join(", ");
    return `linked services are hidden: token lacks service:read on ${names}`;
  }
  return filtered ? "linked services are hidden: token lacks service:read on some of them" : undefined;
}
