/**
 * A call as its users expect it, written from the design and the README and not from the code: who is in it, who is rung,
 * who is out and why. It holds the decisions of the product against a second opinion, so it imports types from them alone.
 */
import type { CallLimits } from '../../src/domain/call/call.ts';
import type { CallCommand, CommandNamed } from '../../src/domain/call/commands.ts';

/** What somebody is refused with; the exact codes are the product's own. */
export type RefusalClass = 'not_found' | 'forbidden' | 'conflict' | 'gone' | 'too_many';
export type Answer =
  | { readonly changed: readonly string[] }
  | { readonly refused: RefusalClass }
  /** Repeated, late or foreign: nothing happens. */
  | 'nothing';

/** So often may one person change something for everybody in such a time (docs/limits.md). */
const maxChanges = 20;
const changesWindowMs = 10_000;
/** So many may ever be asked into a call, for each of its places. */
const askedPerPlace = 4;

export interface Person {
  readonly name: string;
  place: 'rung' | 'in' | 'out';
  /** Since when they are rung, in, or out. */
  since: number;
  whyOut: string;
  invitedBy: string | undefined;
  device: string;
  link: 'connecting' | 'connected' | 'lost';
  /** The ownerTerm of the node that still carries them while the call is handed over. */
  carriedBy: number | undefined;
  /** Since when their session is waited for. */
  awaitedSince: number;
  onHold: boolean;
  /** Undefined until they went out after having been in. */
  talkedMs: number | undefined;
  changes: number;
  changesSince: number;
}

interface Due {
  readonly at: number;
  readonly happens: () => void;
}

const refused = (refusal: RefusalClass): Answer => ({ refused: refusal });

export class ReferenceCall {
  phase: 'none' | 'ringing' | 'active' | 'ended' = 'none';
  readonly people = new Map<string, Person>();
  host = '';
  node = '';
  ownerTerm = 1;
  answeredAt: number | undefined;
  aloneSince: number | undefined;
  whyEnded = '';
  #createdAt = 0;
  #limits: CallLimits | undefined;
  #now = 0;
  #happened: string[] = [];

  ask(command: CallCommand, now: number): Answer {
    this.#now = now;
    this.#happened = [];
    const answer = this.#answerTo(command);
    if (answer !== undefined) return answer;
    const isAlone = this.phase === 'active' && this.#present().length === 1;
    this.aloneSince = isAlone ? (this.aloneSince ?? now) : undefined;
    return { changed: this.#happened };
  }

  /** When something happens by itself; undefined once nothing will. */
  nextDue(): number | undefined {
    const times = this.#dues().map(({ at }) => at);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** Undefined when the command has changed the call. */
  #answerTo(command: CallCommand): Answer | undefined {
    switch (command.name) {
      case 'create':
        return this.phase === 'none' ? this.#create(command) : 'nothing';
      case 'block':
      case 'sessionJoined':
      case 'sessionLost':
      case 'deadlineReached':
      case 'rehome':
      case 'nodeLost':
        return this.#isLive() ? this.#report(command) : 'nothing';
      case 'answer':
      case 'rejoin':
      case 'invite':
      case 'mute':
      case 'remove':
      case 'hold':
      case 'decline':
      case 'cancel':
      case 'leave':
      case 'end':
        return this.#wish(command);
    }
  }

  #create({ caller, callerDevice, callees, nodeId, limits }: CommandNamed<'create'>): Answer | undefined {
    if (callees.length + 1 > limits.mostParticipants) return refused('conflict');
    this.phase = 'ringing';
    this.#createdAt = this.#now;
    this.#limits = limits;
    this.node = nodeId;
    this.host = caller;
    this.#enter(this.#person(caller), callerDevice);
    for (const callee of callees) this.#ring(this.#person(callee), undefined);
    this.#happens('call.ringing', caller);
    return undefined;
  }

  /** What a person wants. To strangers there is no call. */
  #wish(
    command: CommandNamed<
      'answer' | 'rejoin' | 'invite' | 'mute' | 'remove' | 'hold' | 'decline' | 'cancel' | 'leave' | 'end'
    >,
  ): Answer | undefined {
    const name = command.name === 'end' ? command.by : command.userId;
    if (this.phase === 'none') return refused('not_found');
    const self = name === undefined ? undefined : this.people.get(name);
    if (name !== undefined && self === undefined) return refused('not_found');
    if (this.phase === 'ended') return refused('gone');
    if (self === undefined) return this.#end('ended_by_app');
    switch (command.name) {
      case 'answer':
        return self.place === 'out' ? refused('conflict') : this.#answer(self, command.deviceId);
      case 'rejoin':
        return this.#rejoin(self, command.deviceId);
      case 'invite':
        return this.#invite(self, command.invitees);
      case 'mute':
        return this.#mute(self, command.targetId);
      case 'remove':
        return this.#remove(self, command.targetId);
      case 'hold':
        return this.#hold(self, command.onHold);
      case 'decline':
        return this.#decline(self);
      case 'cancel':
        if (this.phase === 'active') return refused('conflict');
        return self.name === this.host ? this.#end('cancelled') : refused('forbidden');
      case 'leave':
        return this.#leave(self);
      case 'end':
        return self.name === this.host ? this.#end('ended_by_host') : refused('forbidden');
    }
  }

  /** What the system or the app saw: nobody is there to be refused. */
  #report(
    command: CommandNamed<'block' | 'sessionJoined' | 'sessionLost' | 'deadlineReached' | 'rehome' | 'nodeLost'>,
  ): Answer | undefined {
    switch (command.name) {
      case 'block':
        return this.#block(command.userId, command.targetId);
      case 'sessionJoined':
        return this.#sessionJoined(command);
      case 'sessionLost':
        return this.#sessionLost(command);
      case 'deadlineReached':
        return this.#look();
      case 'rehome':
        return this.#move(command);
      case 'nodeLost':
        return command.nodeId === this.node ? this.#end('node_lost') : 'nothing';
    }
  }

  /** The first device has the call. */
  #answer(self: Person, device: string): Answer | undefined {
    if (self.place === 'in') return self.device === device ? 'nothing' : refused('conflict');
    this.#enter(self, device);
    if (this.phase === 'ringing') {
      this.phase = 'active';
      this.answeredAt = this.#now;
    }
    this.#happens('call.answered', self.name);
    return undefined;
  }

  #rejoin(self: Person, device: string): Answer | undefined {
    if (this.phase !== 'active') return refused('conflict');
    if (self.place !== 'out') return this.#answer(self, device);
    if (self.whyOut === 'removed') return refused('forbidden');
    if (!this.#hasRoomFor(1)) return refused('conflict');
    // To come and go is one of the things that everybody in the call hears of.
    if (!this.#mayChange(self)) return refused('too_many');
    this.#enter(self, device);
    this.#happens('call.rejoined', self.name);
    return undefined;
  }

  #invite(self: Person, names: readonly string[]): Answer | undefined {
    if (self.place !== 'in') return refused('conflict');
    const asked = [...new Set(names)].filter((name) => (this.people.get(name)?.place ?? 'out') === 'out');
    if (asked.length === 0) return 'nothing';
    const newcomers = asked.filter((name) => !this.people.has(name)).length;
    const most = askedPerPlace * (this.#limits?.mostParticipants ?? 0);
    if (!this.#hasRoomFor(asked.length) || this.people.size + newcomers > most) return refused('conflict');
    for (const name of asked) {
      this.#ring(this.#person(name), self.name);
      this.#happens('call.invited', `${name} by ${self.name}`);
    }
    return undefined;
  }

  #mute(self: Person, target: string): Answer | undefined {
    // While it rings nobody is there who could be muted, whoever asks.
    if (this.phase === 'ringing') return refused('conflict');
    if (self.name !== this.host || target === self.name) return refused('forbidden');
    if (this.people.get(target)?.place !== 'in') return refused('conflict');
    if (!this.#mayChange(self)) return refused('too_many');
    this.#happens('call.muted', `${target} by ${self.name}`);
    return undefined;
  }

  #remove(self: Person, target: string): Answer | undefined {
    if (self.name !== this.host || target === self.name) return refused('forbidden');
    const other = this.people.get(target);
    if (other?.place === 'out' && other.whyOut === 'removed') return 'nothing';
    if (other === undefined || (other.place === 'out' && other.talkedMs === undefined)) return refused('conflict');
    this.#takeOut(other);
    return undefined;
  }

  #hold(self: Person, onHold: boolean): Answer | undefined {
    if (self.place !== 'in') return refused('conflict');
    if (self.onHold === onHold) return 'nothing';
    if (!this.#mayChange(self)) return refused('too_many');
    self.onHold = onHold;
    this.#happens(onHold ? 'call.held' : 'call.unheld', self.name);
    return undefined;
  }

  #decline(self: Person): Answer | undefined {
    if (self.place === 'out' && self.whyOut === 'declined') return 'nothing';
    if (self.place !== 'rung') return refused('conflict');
    this.#goOut(self, 'declined');
    this.#happens('call.declined', self.name);
    this.#continueWithout('declined');
    return undefined;
  }

  #leave(self: Person): Answer | undefined {
    if (self.place !== 'in') return refused('conflict');
    if (this.phase === 'ringing') return this.#end('cancelled');
    this.#goOut(self, 'left');
    this.#happens('call.left', `${self.name} left`);
    this.#continueWithout('hangup');
    return undefined;
  }

  /** Nobody can tell a block from an ordinary way to go, except that somebody may be sent out of a group. */
  #block(by: string, target: string): Answer | undefined {
    const [self, other] = [this.people.get(by), this.people.get(target)];
    if (self === undefined || other === undefined || self.place === 'out' || other.place === 'out') return 'nothing';
    if (self.place === 'rung') return this.#decline(self);
    if (this.#isGroup() && other.name !== this.host) {
      this.#takeOut(other);
      return undefined;
    }
    return this.#leave(self);
  }

  #sessionJoined({ userId, deviceId, ownerTerm }: CommandNamed<'sessionJoined'>): Answer | undefined {
    const self = this.#inWith(userId, deviceId);
    if (self === undefined || ownerTerm < this.ownerTerm) return 'nothing';
    if (self.link === 'connected' && self.carriedBy === undefined) return 'nothing';
    // Those who are handed over were there all the time.
    if (self.link !== 'connected') this.#happens('call.connected', userId);
    self.link = 'connected';
    self.carriedBy = undefined;
    return undefined;
  }

  #sessionLost({ userId, deviceId, ownerTerm }: CommandNamed<'sessionLost'>): Answer | undefined {
    const self = this.#inWith(userId, deviceId);
    if (self?.link !== 'connected' || ownerTerm < (self.carriedBy ?? this.ownerTerm)) return 'nothing';
    this.#lose(self);
    return undefined;
  }

  /** Does what is due, one after the other. */
  #look(): Answer | undefined {
    let hasHappened = false;
    for (;;) {
      const due = this.#dues()
        .filter(({ at }) => at <= this.#now)
        .reduce<Due | undefined>((first, one) => (first === undefined || one.at < first.at ? one : first), undefined);
      if (due === undefined) return hasHappened ? undefined : 'nothing';
      due.happens();
      hasHappened = true;
    }
  }

  /** At the same instant the end of the call comes first, then the rings, then the missing, each in the order of asking. */
  #dues(): readonly Due[] {
    const limits = this.#limits;
    if (limits === undefined || !this.#isLive()) return [];
    const rung = this.#present().filter(({ place }) => place === 'rung');
    const awaited = this.#in().filter((one) => one.link !== 'connected' || one.carriedBy !== undefined);
    return [
      { at: this.#createdAt + limits.longestCallMs, happens: () => this.#end('too_long') },
      ...rung.map((one) => ({
        at: one.since + limits.ringTimeoutMs,
        happens: () => {
          this.#missed(one);
        },
      })),
      ...awaited.map((one) => ({
        at: one.awaitedSince + limits.reconnectGraceMs,
        happens: () => {
          this.#stayedAway(one);
        },
      })),
      ...(this.aloneSince === undefined
        ? []
        : [{ at: this.aloneSince + limits.emptyTimeoutMs, happens: () => this.#end('empty') }]),
    ];
  }

  #missed(one: Person): void {
    this.#goOut(one, 'missed');
    this.#happens('call.missed', one.name);
    this.#continueWithout('missed');
  }

  #stayedAway(one: Person): void {
    // The node that carried them did not hand them over in time: now they are looked for.
    if (one.carriedBy !== undefined) {
      this.#lose(one);
      return;
    }
    this.#goOut(one, 'connection_lost');
    this.#happens('call.left', `${one.name} connection_lost`);
    this.#continueWithout('connection_lost');
  }

  /** Another node has the call. Handed over, people stay in touch; from a dead one all must come back. */
  #move({ from, to, handover }: CommandNamed<'rehome'>): Answer | undefined {
    if (from !== this.node || to === from) return 'nothing';
    this.#happens('call.moved');
    for (const one of this.#in()) {
      if (!handover && one.link === 'lost') one.awaitedSince = this.#now;
      if (one.link !== 'connected') continue;
      if (handover) {
        one.carriedBy ??= this.ownerTerm;
        one.awaitedSince = this.#now;
      } else this.#lose(one);
    }
    this.node = to;
    this.ownerTerm += 1;
    return undefined;
  }

  #lose(one: Person): void {
    one.link = 'lost';
    one.carriedBy = undefined;
    one.awaitedSince = this.#now;
    this.#happens('call.reconnecting', one.name);
  }

  #takeOut(other: Person): void {
    this.#goOut(other, 'removed');
    this.#happens('call.left', `${other.name} removed`);
    this.#continueWithout(this.phase === 'ringing' ? 'cancelled' : 'ended_by_host');
  }

  /** Two talk, or a group waits for company; a call that rings needs its caller and somebody who is rung. */
  #continueWithout(reason: string): void {
    const isIn = this.#in();
    const present = this.#present().length;
    const [longest, ...others] = isIn;
    if (longest === undefined || (present < 2 && !(this.phase === 'active' && this.#isGroup()))) {
      this.#end(reason);
      return;
    }
    if (isIn.some(({ name }) => name === this.host)) return;
    this.host = others.reduce((first, one) => (one.since < first.since ? one : first), longest).name;
    this.#happens('call.host_changed', this.host);
  }

  #end(reason: string): Answer | undefined {
    for (const one of this.#present()) this.#goOut(one, one.place === 'rung' ? 'missed' : 'call_ended');
    this.phase = 'ended';
    this.whyEnded = reason;
    this.#happens('call.ended', reason);
    return undefined;
  }

  #ring(one: Person, by: string | undefined): void {
    Object.assign(one, { place: 'rung', since: this.#now, invitedBy: by });
  }

  #enter(one: Person, device: string): void {
    Object.assign(one, { place: 'in', since: this.#now, device, link: 'connecting', awaitedSince: this.#now });
    Object.assign(one, { carriedBy: undefined, onHold: false });
  }

  #goOut(one: Person, why: string): void {
    if (one.place === 'in') {
      // Nobody talked until it was answered.
      const from = this.answeredAt === undefined ? this.#now : Math.max(one.since, this.answeredAt);
      one.talkedMs = (one.talkedMs ?? 0) + this.#now - from;
    }
    Object.assign(one, { place: 'out', since: this.#now, whyOut: why });
  }

  #mayChange(one: Person): boolean {
    if (one.changes === 0 || this.#now >= one.changesSince + changesWindowMs) {
      Object.assign(one, { changes: 0, changesSince: this.#now });
    }
    if (one.changes >= maxChanges) return false;
    one.changes += 1;
    return true;
  }

  #person(name: string): Person {
    const known = this.people.get(name);
    if (known !== undefined) return known;
    const person: Person = {
      name,
      place: 'out',
      since: this.#now,
      whyOut: '',
      invitedBy: undefined,
      device: '',
      link: 'connecting',
      carriedBy: undefined,
      awaitedSince: 0,
      onHold: false,
      talkedMs: undefined,
      changes: 0,
      changesSince: 0,
    };
    this.people.set(name, person);
    return person;
  }

  #inWith(name: string, device: string): Person | undefined {
    return this.#in().find((one) => one.name === name && one.device === device);
  }

  #in(): readonly Person[] {
    return [...this.people.values()].filter(({ place }) => place === 'in');
  }

  #present(): readonly Person[] {
    return [...this.people.values()].filter(({ place }) => place !== 'out');
  }

  #hasRoomFor(more: number): boolean {
    return this.#present().length + more <= (this.#limits?.mostParticipants ?? 0);
  }

  #isGroup(): boolean {
    return this.people.size > 2;
  }

  #isLive(): boolean {
    return this.phase === 'ringing' || this.phase === 'active';
  }

  #happens(type: string, about = ''): void {
    this.#happened.push(about === '' ? type : `${type} ${about}`);
  }
}
