// Rules of the options that several forms share.

import { consulRule } from "./consul-options";
import type { ContainerOptions, ProcessOptions } from "./options";
import {
  absolutePath,
  environment,
  fields,
  imageName,
  listOf,
  optional,
  type Rules,
  stopSeconds,
  text,
  wholeNumber,
} from "./rules";

/** Name of a volume, Secret or host volume. */
export const RESOURCE_NAME = text("a name of letters, digits, - _ and .", /^[A-Za-z0-9][\w.-]*$/);

export const PROCESS_RULES: Rules<ProcessOptions> = {
  consul: optional(consulRule),
  arguments: optional(listOf(text())),
  environment: optional(environment),
  stopSeconds: optional(stopSeconds),
};

export const CONTAINER_RULES: Rules<ContainerOptions> = {
  ...PROCESS_RULES,
  image: imageName,
  command: optional(listOf(text(), 1)),
  user: optional(wholeNumber(1, 2 ** 31 - 1)),
  credentials: optional(listOf(fields({ source: RESOURCE_NAME, mountPath: absolutePath }))),
};
