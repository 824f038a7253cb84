// What an entry exports: the constructs bound to its engine, and all types that they take or give.

import type { Construct } from "constructs";
import type { ServiceProps } from "../../model/props";
import type { Engine, EngineTypes } from "./engine";
import { ExternalNode, type ExternalNodeProps } from "./external-node";
import { ExternalService, type ExternalServiceProps } from "./external-service";
import { GatewayProcess, type GatewayProcessProps } from "./gateway-process";
import { ImportedGateway, ImportedService } from "./imported";
import type { IExternalService } from "./linkable";
import { type ITerminatingGateway, TerminatingGateway, type TerminatingGatewayProps } from "./terminating-gateway";

export type { CloudInitProps } from "./cloud-init-launcher";
export { GatewayLauncher } from "./gateway-launcher";
export type { IGatewayLauncher, LaunchContext, LaunchFile, LaunchResult } from "./launcher";
export type { AllowProps, IExternalService, LinkedService } from "./linkable";
export type { LocalExecProps } from "./local-exec-launcher";
export type { SshProps } from "./ssh-launcher";
export type { SystemdProps } from "./systemd-launcher";
export type {
  ExternalNode,
  ExternalNodeProps,
  ExternalService,
  ExternalServiceProps,
  GatewayProcess,
  GatewayProcessProps,
  ITerminatingGateway,
  TerminatingGateway,
  TerminatingGatewayProps,
};

export interface Constructs<E extends EngineTypes> {
  readonly ExternalNode: ExternalNodeClass<E>;
  readonly ExternalService: ExternalServiceClass<E>;
  readonly GatewayProcess: GatewayProcessClass<E>;
  readonly TerminatingGateway: TerminatingGatewayClass<E>;
}

export interface ExternalNodeClass<E extends EngineTypes> {
  /** An agent-less catalog node; several services may share one. A node of that name that exists is taken over. */
  new (scope: Construct, id: string, props: ExternalNodeProps<E>): ExternalNode<E>;
}

export interface ExternalServiceClass<E extends EngineTypes> {
  /** An external service with its nodes, protocol and intentions; it owns the config entries of its name. */
  new (scope: Construct, id: string, props: ExternalServiceProps<E>): ExternalService<E>;
  /** A service that others register and configure; to link it, say where it is with fromServiceAttributes(). */
  fromServiceName(scope: Construct, id: string, name: string): IExternalService<E>;
  /** A service that others register and configure: nothing is created, what is given goes into gateways' manifests. */
  fromServiceAttributes(scope: Construct, id: string, props: ServiceProps<string>): IExternalService<E>;
}

export interface GatewayProcessClass<E extends EngineTypes> {
  /** The process of a declared gateway, and how it is started. */
  new (scope: Construct, id: string, props: GatewayProcessProps<E>): GatewayProcess<E>;
}

export interface TerminatingGatewayClass<E extends EngineTypes> {
  /** A gateway and all that it reaches. A `terminating-gateway` entry of its name that exists is overwritten. */
  new (scope: Construct, id: string, props: TerminatingGatewayProps<E>): TerminatingGateway<E>;
  /** A gateway that is declared elsewhere. */
  fromGatewayName(scope: Construct, id: string, gatewayName: string): ITerminatingGateway;
}

/** Classes that users call and extend without naming the engine. */
export function constructsFor<E extends EngineTypes>(engine: Engine<E>): Constructs<E> {
  return {
    ExternalNode: class extends ExternalNode<E> {
      constructor(scope: Construct, id: string, props: ExternalNodeProps<E>) {
        super(engine, scope, id, props);
      }
    },
    ExternalService: class extends ExternalService<E> {
      static fromServiceName(scope: Construct, id: string, name: string): IExternalService<E> {
        return new ImportedService(engine, scope, id, { name });
      }

      static fromServiceAttributes(scope: Construct, id: string, props: ServiceProps<string>): IExternalService<E> {
        return new ImportedService(engine, scope, id, props);
      }

      constructor(scope: Construct, id: string, props: ExternalServiceProps<E>) {
        super(engine, scope, id, props);
      }
    },
    GatewayProcess: class extends GatewayProcess<E> {
      constructor(scope: Construct, id: string, props: GatewayProcessProps<E>) {
        super(engine, scope, id, props);
      }
    },
    TerminatingGateway: class extends TerminatingGateway<E> {
      static fromGatewayName(scope: Construct, id: string, gatewayName: string): ITerminatingGateway {
        return new ImportedGateway(scope, id, gatewayName);
      }

      constructor(scope: Construct, id: string, props: TerminatingGatewayProps<E>) {
        super(engine, scope, id, props);
      }
    },
  };
}
