/**
 * What this device sends in one session. Track ids are made here, so negotiation needs no answer from the server. All
 * tracks of one turn go in one `publish`; the first also carries the transport's DTLS parameters.
 */
import type { types } from 'mediasoup-client';
import type { DtlsParameters, TrackSource } from '../../protocol/shared/media.ts';
import { publishedTrack } from '../../protocol/socket/requests.ts';
import type { RequestInput, RequestName } from '../../protocol/socket/requests.ts';
import { produceOptions } from './codecs.ts';
import { asVeilcastError, isVeilcastError } from '../support/errors.ts';
import type { VeilcastError } from '../support/errors.ts';
import { firstPictureMs } from './firstPicture.ts';
import { layersFor, usualLayers } from './simulcastLayers.ts';
import type { SentLayer } from './simulcastLayers.ts';
import { warmTrack } from './receiving/warmTracks.ts';

type TrackToPublish = RequestInput<'publish'>['tracks'][number];

interface Publication {
  readonly trackId: string;
  readonly source: TrackSource;
  paused: boolean;
  /** The track to send. It may change while negotiation is still under way. */
  track: MediaStreamTrack | null;
  producer: types.Producer | undefined;
  description: TrackToPublish | undefined;
  /** The server has confirmed it. */
  confirmed: boolean;
  /** The layers that are sent now, or that the sender was last asked for. */
  layers: readonly SentLayer[] | undefined;
  /** Serializes changes of the sender. */
  changing: Promise<void>;
}

export interface PublicationsOptions {
  readonly sessionId: RequestInput<'publish'>['sessionId'];
  readonly transport: types.Transport;
  /** The MIME type of the video that is sent, if known. */
  readonly videoCodec?: string | undefined;
  readonly signalling: {
    request<Name extends RequestName>(method: Name, params: RequestInput<Name>): Promise<unknown>;
  };
  readonly failed: (source: TrackSource, error: VeilcastError) => void;
}

export class Publications {
  readonly #options: PublicationsOptions;
  readonly #bySource = new Map<TrackSource, Publication>();
  #flowing = false;
  #negotiating = 0;
  #turn: Publication[] = [];
  #dtlsParameters: DtlsParameters | undefined;

  constructor(options: PublicationsOptions) {
    this.#options = options;
    const { transport } = options;
    transport.on('connect', ({ dtlsParameters }, callback) => {
      this.#dtlsParameters = dtlsParameters;
      callback();
    });
    transport.on('produce', ({ kind, rtpParameters, appData }, callback) => {
      const description = publishedTrack.parse({ ...appData, kind, rtpParameters });
      const publication = this.#bySource.get(description.source);
      if (publication?.trackId === description.trackId) {
        publication.description = description;
        this.#turn.push(publication);
      }
      callback({ id: description.trackId });
    });
  }

  /** The call is answered. Pictures grow from the smallest layer, the only one encoded while the call rings. */
  flow(): void {
    if (this.#flowing) return;
    this.#flowing = true;
    for (const publication of this.#bySource.values()) this.#growSoon(publication);
  }

  /** The camera's picture size may have changed: the device was turned, or the browser reduced it. */
  fit(): void {
    const camera = this.#bySource.get('camera');
    if (camera?.layers !== undefined) this.#grow(camera);
  }

  get isSending(): boolean {
    return [...this.#bySource.values()].some(({ track, paused }) => track !== null && !paused);
  }

  /** Whether some track is sent without a pause, so that the server keeps sending reports about it. */
  get sendsSteadily(): boolean {
    return [...this.#bySource.values()].some(
      ({ source, track, paused }) => (source === 'camera' || source === 'microphone') && track !== null && !paused,
    );
  }

  has(source: TrackSource): boolean {
    return this.#bySource.has(source);
  }

  /**
   * Without a track, only the path is prepared and nothing is sent. Resolves when the negotiation on this device is
   * done.
   */
  async publish(source: TrackSource, track: MediaStreamTrack | null, paused: boolean): Promise<void> {
    const publication: Publication = {
      source,
      track,
      paused,
      trackId: crypto.randomUUID(),
      producer: undefined,
      description: undefined,
      confirmed: false,
      layers: undefined,
      changing: Promise.resolve(),
    };
    this.#bySource.set(source, publication);
    this.#negotiating += 1;
    try {
      await this.#negotiate(publication);
    } catch (error) {
      this.#fail(publication, asVeilcastError(error, 'unsupported_media'));
    } finally {
      this.#negotiating -= 1;
      if (this.#negotiating === 0) void this.#announce(this.#turn.splice(0));
    }
  }

  /** Changes what is sent, without negotiation. */
  async replace(source: TrackSource, track: MediaStreamTrack | null): Promise<void> {
    const publication = this.#bySource.get(source);
    if (publication === undefined) return;
    publication.track = track;
    await publication.producer?.replaceTrack({ track });
    if (publication.layers === undefined) this.#growSoon(publication);
    else this.#grow(publication);
  }

  setPaused(source: TrackSource, paused: boolean): void {
    const publication = this.#bySource.get(source);
    if (publication === undefined || publication.paused === paused) return;
    publication.paused = paused;
    if (publication.confirmed) this.#tellPaused(publication);
  }

  unpublish(source: TrackSource): void {
    const publication = this.#bySource.get(source);
    if (publication === undefined) return;
    this.#bySource.delete(source);
    publication.producer?.close();
    const { sessionId, signalling } = this.#options;
    if (publication.confirmed) {
      signalling.request('unpublish', { sessionId, trackIds: [publication.trackId] }).catch(() => undefined);
    }
  }

  /** After a lost socket: sends again what may not have arrived. */
  repeat(): void {
    const all = [...this.#bySource.values()].filter(({ description }) => description !== undefined);
    void this.#announce(all.filter(({ confirmed }) => !confirmed));
    for (const publication of all.filter(({ confirmed }) => confirmed)) this.#tellPaused(publication);
  }

  async #negotiate(publication: Publication): Promise<void> {
    const { source, trackId, paused } = publication;
    const warm = publication.track === null ? warmTrack(kindOf(source)) : undefined;
    const track = publication.track ?? warm?.track;
    if (track === undefined) return;
    const producer = await this.#options.transport.produce({
      track,
      ...produceOptions(source, this.#options.videoCodec),
      // Tracks belong to the code that opened them, and the server does the pausing.
      stopTracks: false,
      disableTrackOnPause: false,
      appData: { source, trackId, paused },
    });
    publication.producer = producer;
    if (this.#bySource.get(source) !== publication) {
      producer.close();
    } else if (publication.track !== track) {
      await producer.replaceTrack({ track: publication.track });
    }
    warm?.stop();
    this.#growSoon(publication);
  }

  #growSoon(publication: Publication): void {
    setTimeout(() => {
      this.#grow(publication);
    }, firstPictureMs);
  }

  #grow(publication: Publication): void {
    const { source, track, producer } = publication;
    if (source !== 'camera' || !this.#flowing || track === null || producer === undefined || producer.closed) return;
    const { width, height } = track.getSettings();
    const layers = width === undefined || height === undefined ? usualLayers : layersFor({ width, height });
    if (JSON.stringify(layers) === JSON.stringify(publication.layers)) return;
    publication.layers = layers;
    publication.changing = publication.changing
      .then(() => sendLayers(producer, layers))
      .catch(() => {
        // The transport was closed, or the track has changed. Retried with the next change.
        publication.layers = undefined;
      });
  }

  async #announce(publications: readonly Publication[]): Promise<void> {
    const tracks = publications.flatMap(({ description, paused }) => (description ? [{ ...description, paused }] : []));
    if (tracks.length === 0) return;
    const { sessionId, signalling } = this.#options;
    const dtlsParameters = this.#dtlsParameters;
    try {
      await signalling.request('publish', { sessionId, tracks, ...(dtlsParameters ? { dtlsParameters } : {}) });
    } catch (error) {
      // Without an answer it is unknown whether the request arrived: `repeat` sends it again.
      if (isVeilcastError(error, 'disconnected', 'timed_out', 'closed')) return;
      if (!isVeilcastError(error, 'track_exists')) {
        await this.#announceApart(publications, asVeilcastError(error, 'internal'));
        return;
      }
    }
    this.#dtlsParameters = undefined;
    publications.forEach((publication, index) => {
      publication.confirmed = true;
      if (this.#bySource.get(publication.source) !== publication) this.#takeBack(publication);
      else if (publication.paused !== tracks[index]?.paused) this.#tellPaused(publication);
    });
  }

  /** The server takes all tracks of a request or none. One that it refuses must not take the others along. */
  async #announceApart(publications: readonly Publication[], error: VeilcastError): Promise<void> {
    if (publications.length > 1) for (const one of publications) await this.#announce([one]);
    else for (const one of publications) this.#fail(one, error);
  }

  #tellPaused({ trackId, paused }: Publication): void {
    const { sessionId, signalling } = this.#options;
    signalling.request('pause', { sessionId, trackId, paused }).catch(() => undefined);
  }

  #takeBack({ trackId }: Publication): void {
    const { sessionId, signalling } = this.#options;
    signalling.request('unpublish', { sessionId, trackIds: [trackId] }).catch(() => undefined);
  }

  #fail(publication: Publication, error: VeilcastError): void {
    if (this.#bySource.get(publication.source) === publication) this.#bySource.delete(publication.source);
    publication.producer?.close();
    if (!this.#options.transport.closed) this.#options.failed(publication.source, error);
  }
}

/**
 * Goes through mediasoup-client, which also writes the layers into the SDP. If they were set on the sender alone, each
 * later negotiation would pause them again.
 */
async function sendLayers(producer: types.Producer, layers: readonly SentLayer[]): Promise<void> {
  const largest = layers.findLastIndex(({ active }) => active);
  const isSimulcast = (producer.rtpParameters.encodings?.length ?? 0) > 1;
  if (isSimulcast) await producer.setMaxSpatialLayer(largest);
  const sender = producer.rtpSender;
  if (sender === undefined) return;
  const parameters = sender.getParameters();
  parameters.encodings.forEach((encoding, layer) => {
    const { scaleResolutionDownBy, maxBitrate } = layers[isSimulcast ? layer : largest] ?? {};
    if (scaleResolutionDownBy !== undefined) Object.assign(encoding, { scaleResolutionDownBy, maxBitrate });
  });
  await sender.setParameters(parameters);
}

function kindOf(source: TrackSource): 'audio' | 'video' {
  return source === 'microphone' || source === 'screen-audio' ? 'audio' : 'video';
}
