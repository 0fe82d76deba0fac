import type protobuf from 'protobufjs';
import { pubsubRoot, services } from '../operations/api.ts';

/** One REST binding of a method, from its `google.api.http` option. */
type RestRoute = {
  service: string;
  method: protobuf.Method;
  verb: string;
  pattern: RegExp;
  /** The fields that the path's wildcards fill, `subscription.name` for a nested one. */
  fields: string[];
  /** The field that the body is, '*' for the whole request, undefined for no body. */
  body: string | undefined;
};

export type RestMatch = { route: RestRoute; path: Record<string, string> };

const VERBS = ['get', 'put', 'post', 'delete', 'patch'] as const;

type HttpRule = Partial<Record<(typeof VERBS)[number] | 'body', string>>;

/** `/v1/{topic=projects/<any>/topics/<any>}:publish` as an expression with a group for every field. */
function compile(template: string): { pattern: RegExp; fields: string[] } {
  const fields: string[] = [];
  const source = template.replace(/\{([^=}]+)(?:=([^}]+))?\}/g, (_, field: string, shape = '*') => {
    fields.push(field);
    return `(${String(shape).replaceAll('**', '.+').replaceAll('*', '[^/:]+')})`;
  });
  return { pattern: new RegExp(`^${source}$`), fields };
}

function routesOf(service: string, method: protobuf.Method): RestRoute[] {
  const options = (method.parsedOptions ?? []) as unknown as Record<string, HttpRule>[];
  const rule = options.map((option) => option['(google.api.http)']).find((found) => found !== undefined);
  if (!rule) return [];
  return VERBS.flatMap((verb) => {
    const template = rule[verb];
    if (!template) return [];
    return [{ service, method, verb: verb.toUpperCase(), ...compile(template), body: rule.body }];
  });
}

const routes = Object.keys(services).flatMap((service) => {
  const { methodsArray } = pubsubRoot.lookupService(service);
  return methodsArray.flatMap((method) => {
    method.resolve();
    return routesOf(service, method);
  });
});

function decode(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

/** The method and path parameters of a request line; undefined for an unknown path. */
export function matchRoute(verb: string, pathname: string): RestMatch | undefined {
  const path = decode(pathname);
  if (path === undefined) return undefined;
  for (const route of routes) {
    const match = route.verb === verb ? route.pattern.exec(path) : null;
    if (match) return { route, path: Object.fromEntries(route.fields.map((field, i) => [field, match[i + 1] ?? ''])) };
  }
  return undefined;
}
