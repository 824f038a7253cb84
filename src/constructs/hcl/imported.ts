// What is declared elsewhere: nothing is created for it.

import { Construct } from "constructs";
import type { ServiceProps } from "../../model/props";
import type { Engine, EngineTypes } from "./engine";
import type { IExternalService, LinkedService } from "./linkable";
import type { ITerminatingGateway } from "./terminating-gateway";

/** A service that others register and configure. */
export class ImportedService<E extends EngineTypes> extends Construct implements IExternalService<E> {
  readonly serviceName: string;
  private readonly engine: Engine<E>;
  private readonly props: ServiceProps<string>;

  constructor(engine: Engine<E>, scope: Construct, id: string, props: ServiceProps<string>) {
    super(scope, id);
    this.engine = engine;
    this.serviceName = props.name;
    this.props = props;
  }

  allowFrom(): this {
    this.engine.warn(
      this,
      `"${this.serviceName}" is declared elsewhere, and so are its intentions: allowFrom() has no effect here`,
    );
    return this;
  }

  linked(): LinkedService<E> {
    return { props: this.props, resources: [] };
  }
}

/** A gateway that is declared elsewhere. */
export class ImportedGateway extends Construct implements ITerminatingGateway {
  readonly gatewayName: string;

  constructor(scope: Construct, id: string, gatewayName: string) {
    super(scope, id);
    this.gatewayName = gatewayName;
  }
}
