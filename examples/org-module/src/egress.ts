// Egress: a terminating gateway as this organisation runs it. Teams say what they reach; everything else is decided here.

import type { Construct } from "constructs";
import { type Policy, type ServiceProps, TerminatingGateway } from "consul-terminating-gateway/cdktf";
import { forbidWildcard, onlyNetworks, requireMeta, requireName, requireTls } from "./policies";

export type Environment = "dev" | "prod";

export interface EgressProps {
  /** Who runs and pays for it; part of the gateway's name. */
  readonly team: string;
  readonly environment: Environment;
  readonly datacenter: string;
  /** Whom to call, as an address of mail. */
  readonly owner: string;
  /** What the team reaches. TLS against the organisation's CA unless a service says otherwise. @default [] */
  readonly services?: readonly ServiceProps<string>[];
  /** More metadata. @default {} */
  readonly meta?: Readonly<Record<string, string>>;
  /** Accept addresses that are known only at deployment: whoever gives them answers for their network. @default false */
  readonly lateAddresses?: boolean;
  /** Rules of the team beside the organisation's. @default [] */
  readonly policies?: readonly Policy[];
}

const CA_FILE = "/etc/ssl/example/ca.pem";
const PORTS: Readonly<Record<Environment, number>> = { dev: 9443, prod: 8443 };

/** What holds for every gateway, whoever declares it; for gateways that are no Egress, too. */
export const POLICIES: readonly Policy[] = policies(false);

function policies(acceptLate: boolean): readonly Policy[] {
  return [
    requireTls(),
    forbidWildcard(),
    onlyNetworks(["10.20.0.0/16", "2001:db8:20::/48"], { domains: [".partners.example.com"], acceptLate }),
    requireName(/^egress-[a-z]+-(dev|prod)$/, "egress-payments-prod"),
    requireMeta(["owner", "team"]),
  ];
}

/** It breaks none of POLICIES by itself; what a team adds to it is judged at synth, with everything that is linked. */
export class Egress extends TerminatingGateway {
  constructor(scope: Construct, id: string, props: EgressProps) {
    const {
      team,
      environment,
      datacenter,
      owner,
      services = [],
      meta,
      lateAddresses = false,
      policies: own = [],
    } = props;
    super(scope, id, {
      name: `egress-${team}-${environment}`,
      datacenter,
      bind: { address: "0.0.0.0", port: PORTS[environment] },
      meta: { ...meta, owner, team },
      services: services.map(withTls),
      policies: [...policies(lateAddresses), ...own],
    });
  }
}

function withTls(service: ServiceProps<string>): ServiceProps<string> {
  if (service.tls !== undefined || service.plaintext !== undefined) return service;
  return { ...service, tls: { caFile: CA_FILE } };
}
