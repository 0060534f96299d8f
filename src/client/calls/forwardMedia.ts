/** Forwards the events of a call's devices and media as events of the call, and records their times. */
import type { CallEvents, CallTimings } from './call.ts';
import type { CallMedia } from '../media/callMedia.ts';
import type { VeilcastError } from '../support/errors.ts';
import type { LocalMedia } from '../media/localMedia.ts';

export interface ForwardMediaOptions {
  readonly local: LocalMedia;
  readonly media: CallMedia;
  readonly emit: <Name extends keyof CallEvents>(name: Name, payload: CallEvents[Name]) => void;
  readonly mark: (name: keyof CallTimings) => void;
}

export function forwardMedia({ local, media, emit, mark }: ForwardMediaOptions): void {
  const changed = () => {
    emit('changed', undefined);
  };
  const problem = (error: VeilcastError) => {
    emit('problem', error);
  };
  local.on('changed', changed);
  local.on('problem', problem);
  media.on('changed', changed);
  media.on('problem', problem);
  local.on('opened', () => {
    mark('cameraOpened');
  });
  local.on('sent', () => {
    mark('localTrackSent');
  });
  media.on('joined', () => {
    mark('joined');
  });
  media.on('changed', () => {
    if (media.connection === 'connected') mark('transportsConnected');
  });
  for (const name of ['track', 'trackRemoved', 'trackReplaced'] as const) {
    media.on(name, (track) => {
      emit(name, track);
    });
  }
  media.on('quality', (quality) => {
    emit('quality', quality);
  });
}
