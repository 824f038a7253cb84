// The supervisor's reports as log lines for people: level, message, fields. Pure.

import type { Report } from "./supervisor-types";

export interface ReportText {
  readonly level: "info" | "warn" | "error";
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** One log line. What only the shell knows (Envoy's last lines, what it waits for) is added there. */
export function reportText(report: Report): ReportText {
  switch (report.type) {
    case "ready":
      return { level: "info", message: "Envoy is ready", fields: { afterMs: report.afterMs } };
    case "notReady":
      return { level: "warn", message: "Envoy is not ready yet", fields: { afterMs: report.afterMs } };
    case "refused":
      return { level: "error", message: "Envoy does not start", fields: { ended: report.reason } };
    case "exited": {
      const { how, retryInMs, crashLoop } = report;
      const message = crashLoop ? "Envoy keeps on ending; its configuration is kept" : "Envoy ended unasked";
      return { level: crashLoop ? "error" : "warn", message, fields: { ended: how, restartInMs: retryInMs } };
    }
    case "silent": {
      const { forMs, restartInMs = "never" } = report;
      return {
        level: "error",
        message: "Envoy does not answer: it counts as not serving",
        fields: { forMs, restartInMs },
      };
    }
    case "answers":
      return { level: "warn", message: "Envoy answers again", fields: { afterMs: report.afterMs } };
    case "wedged":
      return { level: "error", message: "Envoy still does not answer: it is ended and started again", fields: {} };
    case "draining":
      return { level: "info", message: "Envoy drains", fields: { acceptsForMs: report.forMs } };
    case "cutting":
      return { level: "warn", message: "open connections are cut", fields: { connections: report.count ?? "unknown" } };
    case "forced":
      return { level: "warn", message: "Envoy did not end in time", fields: { signal: report.signal } };
    case "stopped":
      return { level: "info", message: "Envoy stopped", fields: { ended: report.how } };
  }
}
