// TLS on both sides: what a caller must present, and how an external service is spoken to and verified.

import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Addressing } from "../snapshot/addressing";
import { isIpAddress } from "../snapshot/addressing";
import type { CallerTls } from "../snapshot/listening";
import type { ServiceSnapshot, Upstream } from "../snapshot/state";
import { constant } from "./encode";
import { FROM_ADS } from "./fields";
import type { TransportSocketSchema } from "./gen/lean/envoy/config/core/v3/base_pb";
import {
  CertificateValidationContext_TrustChainVerification as Chain,
  SubjectAltNameMatcher_SanType as SanType,
  type SubjectAltNameMatcherSchema,
  TlsParametersSchema,
  TlsParameters_TlsProtocol as Version,
} from "./gen/lean/envoy/extensions/transport_sockets/tls/v3/common_pb";
import type { SdsSecretConfigSchema } from "./gen/lean/envoy/extensions/transport_sockets/tls/v3/secret_pb";
import {
  type CommonTlsContextSchema,
  DownstreamTlsContextSchema,
  UpstreamTlsContextSchema,
} from "./gen/lean/envoy/extensions/transport_sockets/tls/v3/tls_pb";
import { materialSecret, type ServiceNames } from "./names";
import { pack } from "./pack";
import type { ResourceRef } from "./resource";

type TransportSocket = MessageInitShape<typeof TransportSocketSchema>;
type CommonTls = MessageInitShape<typeof CommonTlsContextSchema>;
type San = MessageInitShape<typeof SubjectAltNameMatcherSchema>;

/** The maximum is spelled out: Envoy as a client stops at 1.2, and 1.3-only servers would be out of reach. */
const VERSIONS = constant(TlsParametersSchema, {
  tlsMinimumProtocolVersion: Version.TLSv1_2,
  tlsMaximumProtocolVersion: Version.TLSv1_3,
});

/** Callers of HTTP services may choose; sidecars of Consul offer no ALPN at all. */
const DOWNSTREAM_ALPN = ["h2", "http/1.1"];

/** The service's own leaf, and a client certificate that `intent/<service>` admits. */
export function downstreamTls(names: ServiceNames, isHttp: boolean, tls?: CallerTls): TransportSocket {
  return {
    name: "tls",
    configType: {
      case: "typedConfig",
      value: pack(DownstreamTlsContextSchema, {
        requireClientCertificate: true,
        commonTlsContext: {
          tlsParams: tls === undefined ? VERSIONS : paramsOf(tls),
          tlsCertificateSdsSecretConfigs: [sds(names.leaf)],
          validationContextType: { case: "validationContextSdsSecretConfig", value: sds(names.intent) },
          ...(isHttp ? { alpnProtocols: DOWNSTREAM_ALPN } : {}),
        },
      }),
    },
  };
}

const TLS_VERSIONS = { "1.2": Version.TLSv1_2, "1.3": Version.TLSv1_3 } as const;

function paramsOf({ minimum, maximum, ciphers }: CallerTls): MessageInitShape<typeof TlsParametersSchema> {
  return {
    tlsMinimumProtocolVersion: TLS_VERSIONS[minimum],
    tlsMaximumProtocolVersion: TLS_VERSIONS[maximum],
    cipherSuites: [...ciphers],
  };
}

export interface UpstreamTls {
  readonly socket: TransportSocket;
  /** Secrets that the socket names. */
  readonly secrets: readonly ResourceRef[];
}

/** TLS towards the external service; undefined for plaintext. Throws where nothing says whom to trust. */
export function upstreamTls(snapshot: ServiceSnapshot, addressing: Addressing): UpstreamTls | undefined {
  const { upstream } = snapshot.link;
  if (upstream.mode === "plaintext") return undefined;
  const { protocol } = snapshot.config;
  const { certFile, keyFile } = upstream;
  const client =
    certFile === undefined || keyFile === undefined ? undefined : materialSecret({ kind: "client", certFile, keyFile });
  const { sni, sans, byHost } = identityOf(upstream.sni, addressing);
  const verification = verificationOf(upstream, sans);
  const value = pack(UpstreamTlsContextSchema, {
    ...(sni === undefined ? {} : { sni }),
    ...(byHost ? { autoHostSni: true, autoSniSanValidation: !upstream.insecureSkipVerify } : {}),
    commonTlsContext: {
      tlsParams: VERSIONS,
      ...(client === undefined ? {} : { tlsCertificateSdsSecretConfigs: [sds(client)] }),
      validationContextType: verification.type,
      ...(protocol === "http2" || protocol === "grpc" ? { alpnProtocols: ["h2"] } : {}),
    },
  });
  const secrets = [client, verification.ca].filter((name) => name !== undefined);
  return {
    socket: { name: "tls", configType: { case: "typedConfig", value } },
    secrets: secrets.map((name) => ({ type: "secret", name })),
  };
}

/** Never a CA without a name: typed names stand beside the CA, or Envoy takes each instance's own hostname. */
function verificationOf(
  upstream: Upstream & { readonly mode: "tls" },
  sans: readonly San[] | undefined,
): { readonly type: NonNullable<CommonTls["validationContextType"]>; readonly ca?: string } {
  if (upstream.insecureSkipVerify) {
    const value = { trustChainVerification: Chain.ACCEPT_UNTRUSTED };
    return { type: { case: "validationContext", value } };
  }
  if (upstream.caFile === undefined) {
    throw new Error("TLS without a CA file: name the CAs to trust, or say that no certificate is to be verified");
  }
  const ca = materialSecret({ kind: "ca", caFile: upstream.caFile });
  if (sans === undefined) return { type: { case: "validationContextSdsSecretConfig", value: sds(ca) }, ca };
  return {
    type: {
      case: "combinedValidationContext",
      value: {
        defaultValidationContext: { matchTypedSubjectAltNames: [...sans] },
        validationContextSdsSecretConfig: sds(ca),
      },
    },
    ca,
  };
}

interface UpstreamIdentity {
  readonly sni?: string;
  /** Names of which the certificate must have one; undefined where each instance has its own, see `byHost`. */
  readonly sans?: readonly San[];
  readonly byHost: boolean;
}

/** The declared name, or else the hostname, or else the IP addresses, which cannot be sent as SNI. */
function identityOf(declared: string | undefined, { by, instances }: Addressing): UpstreamIdentity {
  if (declared !== undefined) return nameIdentity(declared);
  const addresses = [...new Set(instances.map(({ address }) => address))];
  if (by === "address") {
    // Without instances there is nothing to connect to, and still no certificate that would do.
    const sans = addresses.length === 0 ? [dnsSan("nobody is expected")] : addresses.map(ipSan);
    return { sans, byHost: false };
  }
  const [only] = addresses;
  return addresses.length === 1 && only !== undefined ? nameIdentity(only) : { byHost: true };
}

function nameIdentity(name: string): UpstreamIdentity {
  if (isIpAddress(name)) return { sans: [ipSan(name)], byHost: false };
  // A trailing dot belongs to DNS alone: neither SNI nor certificates have it.
  const host = name.replace(/\.$/, "");
  return { sni: host, sans: [dnsSan(host)], byHost: false };
}

function dnsSan(value: string): San {
  return { sanType: SanType.DNS, matcher: { matchPattern: { case: "exact", value } } };
}

/** Certificates hold bytes, which Envoy prints in the shortest form; so is what they are compared with. */
function ipSan(address: string): San {
  const value = address.includes(":") ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address;
  return { sanType: SanType.IP_ADDRESS, matcher: { matchPattern: { case: "exact", value } } };
}

function sds(name: string): MessageInitShape<typeof SdsSecretConfigSchema> {
  return { name, sdsConfig: FROM_ADS };
}
