/** Cameras, microphones, speakers and screens of this device: the only place that opens any. */
import { mediaError } from '../support/errors.ts';

/** Kinds of devices that an app lets users choose. */
export type DeviceKind = 'microphone' | 'camera' | 'speaker';

/** A device as the browser lists it (W3C Media Capture, `MediaDeviceInfo`). */
export interface MediaDevice {
  /** For `Call.useDevice` and `AnswerOptions.devices`; the browser makes it up for this origin. */
  readonly id: string;
  readonly kind: DeviceKind;
  /** Empty until the user has given permission once. */
  readonly label: string;
}

const kinds: Readonly<Record<MediaDeviceKind, DeviceKind>> = {
  audioinput: 'microphone',
  videoinput: 'camera',
  audiooutput: 'speaker',
};

/**
 * The microphones, cameras and speakers of this device. Opens none. The browser finds its devices meanwhile, so opening
 * one later is faster.
 */
export async function listDevices(): Promise<readonly MediaDevice[]> {
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices
    .filter(({ deviceId }) => deviceId !== '')
    .map(({ deviceId, kind, label }) => ({ id: deviceId, kind: kinds[kind], label }));
}

/** Calls `listener` when a device is plugged in or removed, until the returned function is called. */
export function onDevicesChanged(listener: () => void): () => void {
  navigator.mediaDevices.addEventListener('devicechange', listener);
  return () => {
    navigator.mediaDevices.removeEventListener('devicechange', listener);
  };
}

export interface ChosenDevices {
  readonly microphone?: string;
  readonly camera?: string;
}

export interface Wanted {
  readonly microphone: boolean;
  readonly camera: boolean;
}

export interface OpenedTracks {
  readonly microphone?: MediaStreamTrack | undefined;
  readonly camera?: MediaStreamTrack | undefined;
}

/**
 * One request for both devices, so the user is asked once. Rejects with `media_denied`, `media_missing` or
 * `media_busy`.
 */
export async function openTracks(wanted: Wanted, chosen: ChosenDevices): Promise<OpenedTracks> {
  try {
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: wanted.microphone && microphoneConstraints(chosen.microphone),
      video: wanted.camera && cameraConstraints(chosen.camera),
    });
    const [microphone] = stream.getAudioTracks();
    const [camera] = stream.getVideoTracks();
    return { microphone, camera };
  } catch (error) {
    throw mediaError(error);
  }
}

/** The permissions so far. A device is absent if the browser does not say. */
export type Permissions = { readonly [Device in keyof Wanted]?: PermissionState };

export async function permissions(): Promise<Permissions> {
  const [microphone, camera] = await Promise.all([permission('microphone'), permission('camera')]);
  return { ...(microphone && { microphone }), ...(camera && { camera }) };
}

async function permission(name: 'microphone' | 'camera'): Promise<PermissionState | undefined> {
  try {
    return (await navigator.permissions.query({ name })).state;
  } catch {
    return undefined;
  }
}

export async function openScreen(): Promise<{ screen?: MediaStreamTrack; audio?: MediaStreamTrack }> {
  try {
    const stream = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { ideal: 30 } }, audio: true });
    const [screen] = stream.getVideoTracks();
    const [audio] = stream.getAudioTracks();
    // Keep text sharp at the cost of the frame rate.
    if (screen) screen.contentHint = 'detail';
    return { ...(screen ? { screen } : {}), ...(audio ? { audio } : {}) };
  } catch (error) {
    throw mediaError(error);
  }
}

function microphoneConstraints(id: string | undefined): MediaTrackConstraints {
  return {
    echoCancellation: true,
    noiseSuppression: true,
    autoGainControl: true,
    ...(id === undefined ? {} : { deviceId: { exact: id } }),
  };
}

function cameraConstraints(id: string | undefined): MediaTrackConstraints {
  return {
    width: { ideal: 1280 },
    height: { ideal: 720 },
    frameRate: { ideal: 30 },
    ...(id === undefined ? {} : { deviceId: { exact: id } }),
  };
}
