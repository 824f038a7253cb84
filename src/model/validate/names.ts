// Rules for names that Consul, SPIFFE URIs and SNI share.

import type { TextRule } from "./scalars";

const NAME = /^[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?$/;
const LABEL = /^[A-Za-z0-9]([A-Za-z0-9-]{0,62}[A-Za-z0-9])?$/;

/** Callers ask for a service by SNI, and Envoy's TLS inspector lower-cases SNI: a name with upper case is never found. */
export const SERVICE_NAME: TextRule = {
  allowed: "1-253 lower-case letters, digits, -, _ and . with a letter or digit at both ends",
  hint: "it is part of the SNI, which Envoy reads in lower case",
  test: (each) => each.length <= 253 && NAME.test(each) && each === each.toLowerCase(),
};

/** The wildcard as well; that `wildcard: true` goes with it is a rule of the object. */
export const SERVICE_NAME_OR_ANY: TextRule = {
  ...SERVICE_NAME,
  test: (each) => each === "*" || SERVICE_NAME.test(each),
};

/** A caller's name is read from its certificate, where upper case is kept. */
export const SOURCE_NAME: TextRule = {
  allowed: "the name of a mesh service, or *",
  hint: "write 1-253 letters, digits, -, _ and . with a letter or digit at both ends",
  test: (each) => each === "*" || (each.length <= 253 && NAME.test(each)),
};

export const CALLER_NAME: TextRule = {
  allowed: "the name of a mesh service",
  hint: "for every service write an intentions entry with source * and wildcard: true",
  test: (each) => each !== "*" && SOURCE_NAME.test(each),
};

export const DATACENTER: TextRule = {
  allowed: "1-63 lower-case letters, digits, - and _",
  hint: "use the name of the Consul datacenter, as dc1",
  test: (each) => /^[a-z0-9_-]{1,63}$/.test(each),
};

/** Namespaces and partitions: DNS labels, lower case for the same reason as service names. */
export const TENANCY: TextRule = {
  allowed: "1-64 lower-case letters, digits and - with a letter or digit at both ends",
  hint: "leave it out on the community edition, which refuses any",
  test: (each) => LABEL.test(each) && each === each.toLowerCase(),
};

export const SOURCE_NAMESPACE: TextRule = {
  allowed: "a namespace, or * together with source *",
  hint: TENANCY.hint,
  test: (each) => each === "*" || LABEL.test(each),
};

/** Service ids and node names: free text in Consul, but they end up in URLs, DNS names and construct ids. */
export const ID: TextRule = {
  allowed: "1-253 letters, digits, -, _ and . with a letter or digit at both ends",
  hint: "no spaces and no slashes",
  test: (each) => each.length <= 253 && NAME.test(each),
};

/** Of ids that are not known in advance. */
export const ID_START: TextRule = {
  allowed: "1-100 letters, digits, -, _ and . with a letter or digit first",
  hint: "the start that all of them share; it cannot be empty",
  test: (each) => /^[a-z0-9][\w.-]{0,99}$/i.test(each),
};

/** An HTTP token (RFC 9110 §5.6.2), upper-cased in the model as Consul stores it. */
export const METHOD: TextRule = {
  allowed: "an HTTP method",
  hint: "write GET, POST, …",
  test: (each) => /^[A-Za-z]+(-[A-Za-z]+)*$/.test(each),
};

export const HEADER_NAME: TextRule = {
  allowed: "an HTTP header name",
  hint: "write letters, digits and -, as x-team; the path and the method have fields of their own",
  test: (each) => /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(each),
};

export const PATH: TextRule = {
  allowed: "a path that starts with /",
  hint: "write the path alone, without scheme, host, query or fragment",
  test: (each) => /^\/[^?#\s]*$/.test(each),
};
