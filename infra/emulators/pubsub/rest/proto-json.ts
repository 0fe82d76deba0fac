import protobuf from 'protobufjs';
import type { Message } from '../../grpc/service-definition.ts';
import { RpcError } from '../resources/rpc-error.ts';

/** The well-known types that proto3 JSON writes as a string. */
const DURATION = '.google.protobuf.Duration';
const TIMESTAMP = '.google.protobuf.Timestamp';
const FIELD_MASK = '.google.protobuf.FieldMask';

type Seconds = { seconds: string | number; nanos: number };

function fraction(nanos: number): string {
  return nanos === 0
    ? ''
    : `.${String(nanos)
        .padStart(9, '0')
        .replace(/(000)+$/, '')}`;
}

function writeWellKnown(typeName: string, value: unknown): unknown {
  const { seconds, nanos } = value as Seconds;
  if (typeName === DURATION) return `${seconds}${fraction(nanos)}s`;
  if (typeName === TIMESTAMP)
    return new Date(Number(seconds) * 1000).toISOString().replace('.000Z', `${fraction(nanos)}Z`);
  if (typeName === FIELD_MASK) return (value as { paths: string[] }).paths.join(',');
  return undefined;
}

/** A 64-bit number is a string here, so the text "0" has to be compared as text. */
function isDefault(field: protobuf.Field, value: unknown): boolean {
  if (value === null || value === undefined || value === '' || value === 0 || value === false) return true;
  if (value === '0') return field.type !== 'string';
  return Array.isArray(value) || Buffer.isBuffer(value) ? value.length === 0 : false;
}

function writeValue(field: protobuf.Field, value: unknown): unknown {
  if (Buffer.isBuffer(value)) return value.toString('base64');
  const type = field.resolvedType;
  if (!(type instanceof protobuf.Type)) return value;
  return writeWellKnown(type.fullName, value) ?? toProtoJson(type, value as Message);
}

/** A message as proto3 JSON: lowerCamelCase names, default values left out. */
export function toProtoJson(type: protobuf.Type, message: Message): Message {
  const json: Message = {};
  for (const field of type.fieldsArray) {
    const value = message[field.name];
    if (isDefault(field, value)) continue;
    if (field.map) {
      const entries = Object.entries(value as Message).map(([key, item]) => [key, writeValue(field.resolve(), item)]);
      if (entries.length > 0) json[field.name] = Object.fromEntries(entries);
    } else if (field.repeated) {
      json[field.name] = (value as unknown[]).map((item) => writeValue(field.resolve(), item));
    } else {
      json[field.name] = writeValue(field.resolve(), value);
    }
  }
  return json;
}

function invalid(path: string, reason: string): never {
  throw new RpcError('INVALID_ARGUMENT', `Invalid value at '${path}': ${reason}.`);
}

function readDuration(path: string, json: unknown): Seconds {
  const match = typeof json === 'string' ? /^(-?\d+)(?:\.(\d{1,9}))?s$/.exec(json) : null;
  if (!match) return invalid(path, `${JSON.stringify(json)} is no duration such as "3.5s"`);
  return { seconds: match[1] ?? '0', nanos: Number((match[2] ?? '').padEnd(9, '0')) };
}

function readTimestamp(path: string, json: unknown): Seconds {
  const milliseconds = typeof json === 'string' ? Date.parse(json) : Number.NaN;
  if (Number.isNaN(milliseconds)) return invalid(path, `${JSON.stringify(json)} is no RFC 3339 time`);
  const seconds = Math.floor(milliseconds / 1000);
  return { seconds: String(seconds), nanos: (milliseconds - seconds * 1000) * 1e6 };
}

function readFieldMask(path: string, json: unknown): { paths: string[] } {
  if (typeof json !== 'string') return invalid(path, `${JSON.stringify(json)} is no comma-separated list of fields`);
  const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return { paths: json.split(',').filter(Boolean).map(snake) };
}

function readScalar(field: protobuf.Field, path: string, json: unknown): unknown {
  if (field.type === 'bytes') {
    return typeof json === 'string' ? Buffer.from(json, 'base64') : invalid(path, 'a base64 string is wanted');
  }
  if (field.type === 'string') return typeof json === 'string' ? json : invalid(path, 'a string is wanted');
  if (field.type === 'bool') return typeof json === 'boolean' ? json : invalid(path, 'true or false is wanted');
  if (field.resolvedType instanceof protobuf.Enum) return json;
  const isNumber = typeof json === 'number' || (typeof json === 'string' && /^-?\d+$/.test(json));
  if (!isNumber) return invalid(path, 'a number is wanted');
  return /64$/.test(field.type) ? String(json) : Number(json);
}

function readValue(field: protobuf.Field, path: string, json: unknown): unknown {
  const type = field.resolvedType;
  if (!(type instanceof protobuf.Type)) return readScalar(field, path, json);
  if (type.fullName === DURATION) return readDuration(path, json);
  if (type.fullName === TIMESTAMP) return readTimestamp(path, json);
  if (type.fullName === FIELD_MASK) return readFieldMask(path, json);
  return fromProtoJson(type, json, path);
}

function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function readField(field: protobuf.Field, path: string, json: unknown): unknown {
  if (field.repeated) {
    if (!Array.isArray(json)) return invalid(path, 'a list is wanted');
    return json.map((item, index) => readValue(field, `${path}[${index}]`, item));
  }
  if (!field.map) return readValue(field, path, json);
  if (typeof json !== 'object' || Array.isArray(json)) return invalid(path, 'an object is wanted');
  return Object.fromEntries(
    Object.entries(json as Message).map(([key, item]) => [key, readValue(field, `${path}.${key}`, item)]),
  );
}

/**
 * Reads proto3 JSON: both spellings of a name, null as unset.
 *
 * @throws RpcError INVALID_ARGUMENT for an unknown field or a value of another kind, naming its path
 */
export function fromProtoJson(type: protobuf.Type, json: unknown, path = ''): Message {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return invalid(path, 'an object is wanted');
  const message: Message = {};
  for (const [name, value] of Object.entries(json)) {
    const at = path === '' ? name : `${path}.${name}`;
    const field = type.fields[camelCase(name)];
    if (!field)
      throw new RpcError('INVALID_ARGUMENT', `Invalid JSON payload received. Unknown name "${at}": Cannot find field.`);
    if (value !== null) message[field.name] = readField(field.resolve(), at, value);
  }
  return message;
}
