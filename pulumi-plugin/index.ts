// The components of `/pulumi` for programs in other languages: the same declarations, as arguments that every language has.

export { ExternalService } from "./external-service";
export { TerminatingGateway } from "./terminating-gateway";
