import type { ApiRequest, ApiResponse, Service } from '../call/exchange.ts';
import { invalid, notServed } from '../errors.ts';
import { demand } from '../model/permissions.ts';
import { parseCount } from '../model/preconditions.ts';
import { type ListQuery, listObjects } from '../objects/listing.ts';
import { requireBucket } from '../objects/lookups.ts';
import { objectResource } from '../objects/resources.ts';
import { globMatcher } from '../values/glob.ts';
import { formatPageToken, parsePageToken } from '../values/page-token.ts';

/** The API's limit of items and prefixes a page. */
const PAGE_LIMIT = 1000;

export function listHandler(ask: ApiRequest, service: Service): ApiResponse {
  const query = parseListQuery(ask.query);
  demand(service.state, ask.caller, 'storage.objects.list', { bucket: ask.route.bucket, name: query.prefix });
  const listed = listObjects(requireBucket(service.state, ask.route.bucket), query);
  const items = listed.items.map((object) => objectResource(object, ask.base));
  const json = {
    kind: 'storage#objects',
    ...(listed.next && { nextPageToken: formatPageToken(listed.next) }),
    ...(listed.prefixes.length > 0 && { prefixes: listed.prefixes }),
    ...(items.length > 0 && { items }),
  };
  return { status: 200, json };
}

function parseListQuery(query: URLSearchParams): ListQuery {
  refuseUnserved(query);
  const [token, glob, endOffset] = [query.get('pageToken'), query.get('matchGlob'), query.get('endOffset')];
  return {
    prefix: query.get('prefix') ?? '',
    delimiter: query.get('delimiter') ?? '',
    startOffset: query.get('startOffset') ?? '',
    ...(endOffset && { endOffset }),
    includeTrailingDelimiter: isTrue(query, 'includeTrailingDelimiter'),
    versions: isTrue(query, 'versions'),
    limit: parsePageSize(query),
    ...(token && { after: parsePageToken(token) }),
    ...(glob && { matches: globMatcher(glob) }),
  };
}

// `includeFoldersAsPrefixes`, which gcloud always sends, is right as it is: there are no managed folders here.
function refuseUnserved(query: URLSearchParams): void {
  const filter = query.get('filter');
  if (isTrue(query, 'softDeleted'))
    throw notServed('objects.list', '?softDeleted=true', "the list parameter 'softDeleted'");
  if (filter) throw notServed('objects.list', `?filter=${filter}`, "the list parameter 'filter'");
}

function isTrue(query: URLSearchParams, name: string): boolean {
  return query.get(name)?.toLowerCase() === 'true';
}

/** Throws 400 for 0 and less. */
export function parsePageSize(query: URLSearchParams): number {
  const wanted = parseCount(query, 'maxResults') ?? PAGE_LIMIT;
  if (wanted === 0) throw invalid('Invalid maxResults: 0, wanted 1 to 1000.', 'maxResults');
  return Math.min(PAGE_LIMIT, wanted);
}
