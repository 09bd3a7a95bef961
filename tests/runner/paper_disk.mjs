// An IndexedDB of a few lines, whose faults can be switched on: `disk.fault` is null or how writes fail.
export class PaperDisk {
  constructor() {
    this.version = 0;
    this.tables = null;
    this.fault = null;
    this.writes = 0;
    this.open_ = [];
  }

  /** indexedDB.open */
  open(name, version) {
    const request = {};
    queueMicrotask(() => {
      if (this.shut || this.version > version) return failed(request, "VersionError");
      if (!this.tables) {
        [this.tables, this.version] = [new Map(), version ?? 1];
        request.result = new Database(this);
        request.onupgradeneeded?.({ oldVersion: 0, target: request });
      }
      request.result = new Database(this);
      this.open_.push(request.result);
      request.onsuccess?.();
    });
    return request;
  }

  /** Another page deletes the database, or opens a newer version: whoever has it open must let go. */
  delete() { this.change(0, null); }
  upgrade(version) { this.change(version, this.tables); }
  change(version, tables) {
    for (const database of this.open_.splice(0)) database.onversionchange?.();
    [this.version, this.tables] = [version, tables];
  }
}

class Database {
  constructor(disk) { this.disk = disk; }
  get objectStoreNames() { return { contains: (name) => this.disk.tables.has(name) }; }
  createObjectStore(name, { keyPath } = {}) { this.disk.tables.set(name, { keyPath, rows: new Map() }); }
  close() { this.closed = true; }
  transaction(names, mode = "readonly") {
    if (this.closed) throw Object.assign(new Error("the database connection is closing"), { name: "InvalidStateError" });
    return new Transaction(this.disk, mode);
  }
}

class Transaction {
  constructor(disk, mode) {
    Object.assign(this, { disk, mode, undo: [], busy: 0 });
    setImmediate(() => this.settle());
  }

  objectStore(name) { return new Table(this, this.disk.tables.get(name)); }

  settle() {
    if (this.busy) return setImmediate(() => this.settle());
    if (this.mode === "readonly") return this.oncomplete?.();
    this.disk.writes += 1;
    if (!this.disk.fault) return this.oncomplete?.();
    if (this.disk.fault === "slow") return setTimeout(() => this.oncomplete?.(), 600);
    for (const back of this.undo.reverse()) back();
    this.error = Object.assign(new Error(this.disk.fault), { name: this.disk.fault });
    return this.onabort?.();
  }
}

class Table {
  constructor(transaction, table) { Object.assign(this, { transaction, table }); }

  key(row, key) {
    const path = this.table.keyPath;
    return JSON.stringify(path ? [path].flat().map((part) => row[part]) : [key]);
  }

  ask(result) {
    const request = { result };
    this.transaction.busy += 1;
    queueMicrotask(() => { request.onsuccess?.(); this.transaction.busy -= 1; });
    return request;
  }

  put(row, key) {
    const { rows } = this.table;
    const [at, before] = [this.key(row, key), rows.get(this.key(row, key))];
    this.transaction.undo.push(() => (before === undefined ? rows.delete(at) : rows.set(at, before)));
    rows.set(at, row);
    return this.ask(key);
  }

  get(key) { return this.ask(this.table.rows.get(JSON.stringify([key].flat()))); }
  getAll() { return this.ask([...this.table.rows.values()]); }
  getAllKeys() { return this.ask([...this.table.rows.keys()].map((key) => JSON.parse(key)[0])); }
  delete(key) {
    if (typeof key === "string") this.table.rows.delete(JSON.stringify([key]));
    else this.table.rows.clear();
    return this.ask();
  }
}

function failed(request, name) {
  request.error = Object.assign(new Error(name), { name });
  request.onerror?.();
}
