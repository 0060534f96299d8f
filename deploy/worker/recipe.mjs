// @ts-check
// How the mediasoup worker of the npm package is built on Debian and Ubuntu. A change of any file in this folder makes
// set-up build it anew.

/** What the build needs of the distribution. */
export const packages = [
  ...['g++', 'pkg-config', 'meson', 'ninja-build', 'dpkg-dev', 'xz-utils'],
  ...['libuv1-dev', 'libssl-dev', 'libabsl-dev', 'flatbuffers-compiler', 'libflatbuffers-dev'],
];

/**
 * The distribution's libsrtp ciphers with NSS, which costs a worker up to 1.7 times the time per packet. So its source is
 * built with OpenSSL, and linked statically; the packaged one is what remains where the source cannot be had.
 */
export const libsrtp = {
  source: 'libsrtp2',
  mesonOptions: ['--buildtype=release', '--default-library=static', '-Dcrypto-library=openssl', '-Dtests=disabled'],
  packaged: ['libsrtp2-dev'],
};

/**
 * A release as mediasoup makes it itself, but with `-O2` instead of `-O3`: the worker is as quick, its build is quicker
 * (docs/measurements/worker.md). No warnings about sources that are not ours; no download, since all subprojects are.
 */
export const mesonOptions = [
  ...['-Doptimization=2', '-Ddebug=false', '-Db_ndebug=true'],
  ...['-Dwarning_level=0', '--wrap-mode=nodownload'],
];

/**
 * What the worker built here can do that others cannot, as a number that only grows. The binary carries it, and the server
 * knows which one it needs (`config/media.ts`): raise both when a change below must not be missed.
 */
export const revision = 2;

/** Files that the worker's source gets beside its own; the changes below use them. */
export const addedFiles = 'added';

/**
 * @typedef {object} Mend a change to the worker's source
 * @property {string} file
 * @property {string} from an exact string that must be there once
 * @property {string} to
 */

/**
 * Writes into the binary by which recipe it was built, from which mediasoup.
 * @param {string} version of mediasoup
 * @returns {Mend}
 */
export function marking(version) {
  const after = 'static constexpr int ProducerChannelFd{ 4 };\n';
  return {
    file: 'src/main.cpp',
    from: after,
    to: `${after}\n[[gnu::used]] static const char RecipeMarker[] = "veilcast-worker-recipe:${revision}:mediasoup:${version}:";\n`,
  };
}

/** @type {Mend[]} */
const crash = [
  {
    // Without it the worker crashes at the first DTLS handshake with OpenSSL 3.0.17 and later. OpenSSL calls this function
    // before and after each operation, with a bit that tells the two apart. An equality never holds, so that every control
    // call would answer 1: OpenSSL then takes kernel TLS to be on and never allocates its write buffer.
    file: 'src/RTC/DtlsTransport.cpp',
    from: '(operationType == BIO_CB_RETURN)',
    to: '(operationType & BIO_CB_RETURN)',
  },
  {
    // Nothing in the build files needs more than what Debian 12 has.
    file: 'meson.build',
    from: "meson_version: '>= 1.1.0'",
    to: "meson_version: '>= 1.0.1'",
  },
];

/**
 * libsrtp keeps a stream for each SSRC that it has seen in an authenticated packet, and searches them all for each packet.
 * mediasoup removes the stream of an RTP packet that no producer takes. It removes none after RTCP, nor after RTP that it
 * cannot parse: a client that invents SSRCs makes each packet of its transport dearer than the one before, for ever.
 * Described for mediasoup in docs/upstream/srtcp-streams.md.
 * @type {Mend[]}
 */
const boundedStreams = [
  {
    file: 'include/RTC/SrtpSession.hpp',
    from: '#include "FBS/srtpParameters.h"\n',
    to: '#include "FBS/srtpParameters.h"\n#include "RTC/InboundStreams.hpp"\n',
  },
  {
    // A client sends with about ten SSRCs. Searching 64 streams costs a packet less than opening it.
    file: 'include/RTC/SrtpSession.hpp',
    from: 'SrtpSession(Type type, CryptoSuite cryptoSuite, uint8_t* key, size_t keyLen);',
    to: 'SrtpSession(\n\t\t  Type type, CryptoSuite cryptoSuite, uint8_t* key, size_t keyLen, size_t maxInboundStreams = 64);',
  },
  {
    file: 'include/RTC/SrtpSession.hpp',
    from: '\t\t\tsrtp_stream_remove(this->session, htonl(ssrc));\n\t\t}\n\n\tprivate:\n',
    to:
      '\t\t\tsrtp_stream_remove(this->session, htonl(ssrc));\n\t\t\tthis->inboundStreams.Remove(ssrc);\n\t\t}\n\n' +
      '\tprivate:\n\t\tvoid UseInboundStream(uint32_t ssrc);\n\n\tprivate:\n\t\tInboundStreams inboundStreams;\n',
  },
  {
    file: 'src/RTC/SrtpSession.cpp',
    from: '\tSrtpSession::SrtpSession(Type type, CryptoSuite cryptoSuite, uint8_t* key, size_t keyLen)\n',
    to:
      '\tSrtpSession::SrtpSession(\n\t  Type type, CryptoSuite cryptoSuite, uint8_t* key, size_t keyLen, size_t maxInboundStreams)\n' +
      '\t  : inboundStreams(maxInboundStreams)\n',
  },
  {
    file: 'src/RTC/SrtpSession.cpp',
    from: '#include "MediaSoupErrors.hpp"\n',
    to: '#include "MediaSoupErrors.hpp"\n#include "Utils.hpp"\n',
  },
  {
    file: 'src/RTC/SrtpSession.cpp',
    from: 'MS_DEBUG_TAG(srtp, "srtp_unprotect() failed: %s", DepLibSRTP::GetErrorString(err).c_str());\n\n\t\t\treturn false;\n\t\t}\n',
    to:
      'MS_DEBUG_TAG(srtp, "srtp_unprotect() failed: %s", DepLibSRTP::GetErrorString(err).c_str());\n\n\t\t\treturn false;\n\t\t}\n\n' +
      '\t\tUseInboundStream(Utils::Byte::Get4Bytes(data, 8));\n',
  },
  {
    file: 'src/RTC/SrtpSession.cpp',
    from: 'MS_DEBUG_TAG(srtp, "srtp_unprotect_rtcp() failed: %s", DepLibSRTP::GetErrorString(err).c_str());\n\n\t\t\treturn false;\n\t\t}\n',
    to:
      'MS_DEBUG_TAG(srtp, "srtp_unprotect_rtcp() failed: %s", DepLibSRTP::GetErrorString(err).c_str());\n\n\t\t\treturn false;\n\t\t}\n\n' +
      '\t\tUseInboundStream(Utils::Byte::Get4Bytes(data, 4));\n',
  },
  {
    file: 'src/RTC/SrtpSession.cpp',
    from: '\tbool SrtpSession::EncryptRtp(const uint8_t** data, size_t* len)\n',
    to:
      '\tvoid SrtpSession::UseInboundStream(uint32_t ssrc)\n\t{\n\t\tMS_TRACE();\n\n' +
      '\t\tif (const auto excess = this->inboundStreams.Use(ssrc))\n\t\t{\n\t\t\tsrtp_stream_remove(this->session, htonl(*excess));\n\t\t}\n\t}\n\n' +
      '\tbool SrtpSession::EncryptRtp(const uint8_t** data, size_t* len)\n',
  },
  {
    // Another node sends all tracks of a broadcast through one pipe, each layer with an SSRC of its own.
    file: 'src/RTC/PipeTransport.cpp',
    from: '\t\t\t\t\t\t\t  srtpRemoteKey,\n\t\t\t\t\t\t\t  PipeTransport::srtpMasterLength);\n',
    to:
      '\t\t\t\t\t\t\t  srtpRemoteKey,\n\t\t\t\t\t\t\t  PipeTransport::srtpMasterLength,\n\t\t\t\t\t\t\t  /*maxInboundStreams*/ 8192);\n',
  },
  ...['mid', 'rid'].map((name) => ({
    // The table of SSRCs that a transport learns from RTP. What it does not learn is found by MID or RID each time.
    file: 'src/RTC/RtpListener.cpp',
    from: `\t\t\t\t\t  ${name}.c_str());\n\t\t\t\t}\n\n\t\t\t\tthis->ssrcTable[packet->GetSsrc()] = producer;\n`,
    to:
      `\t\t\t\t\t  ${name}.c_str());\n\t\t\t\t}\n\n` +
      '\t\t\t\tif (this->ssrcTable.size() < 1024)\n\t\t\t\t{\n\t\t\t\t\tthis->ssrcTable[packet->GetSsrc()] = producer;\n\t\t\t\t}\n',
  })),
];

/**
 * Anybody may open TCP connections to the media port. mediasoup keeps those that say nothing for ever, until no file
 * descriptor is left for clients.
 * @type {Mend[]}
 */
const boundedTcpConnections = [
  {
    file: 'include/RTC/TcpServer.hpp',
    from: '#include "RTC/Transport.hpp"\n',
    to: '#include "RTC/Transport.hpp"\n#include "RTC/WaitingTcpConnections.hpp"\n',
  },
  {
    file: 'include/RTC/TcpServer.hpp',
    from: '\tclass TcpServer : public ::TcpServerHandle\n',
    to: '\tclass TcpServer : public ::TcpServerHandle, public TimerHandleInterface::Listener\n',
  },
  {
    file: 'include/RTC/TcpServer.hpp',
    from: '\tprivate:\n\t\t// Passed by argument.\n',
    to:
      '\t\t/* Pure virtual methods inherited from TimerHandleInterface::Listener. */\n\tpublic:\n\t\tvoid OnTimer(TimerHandleInterface* timer) override;\n\n' +
      '\tprivate:\n\t\tvoid CloseExcess();\n\n' +
      '\tprivate:\n\t\tRTC::WaitingTcpConnections waitingConnections;\n\t\t// Allocated by this.\n\t\tTimerHandleInterface* waitingTimer{ nullptr };\n' +
      '\t\t// Passed by argument.\n',
  },
  {
    file: 'src/RTC/TcpServer.cpp',
    from: '\tTcpServer::~TcpServer()\n\t{\n\t\tMS_TRACE();\n',
    to: '\tTcpServer::~TcpServer()\n\t{\n\t\tMS_TRACE();\n\n\t\tdelete this->waitingTimer;\n\t\tthis->waitingTimer = nullptr;\n',
  },
  {
    file: 'src/RTC/TcpServer.cpp',
    from: '\t\t// Accept it.\n\t\tAcceptTcpConnection(connection);\n\t}\n',
    to:
      '\t\tconst auto numConnections = GetNumConnections();\n\n' +
      '\t\t// Accept it.\n\t\tAcceptTcpConnection(connection);\n\n' +
      '\t\t// It is deleted already if it could not be started.\n\t\tif (GetNumConnections() == numConnections)\n\t\t{\n\t\t\treturn;\n\t\t}\n\n' +
      '\t\tthis->waitingConnections.Add(connection, this->shared->GetTimeMs());\n\n' +
      '\t\tif (auto* oldest = this->waitingConnections.TakeExcessOfNewestAddress())\n\t\t{\n\t\t\toldest->TriggerClose();\n\t\t}\n\n' +
      '\t\tCloseExcess();\n\n' +
      '\t\tif (!this->waitingTimer)\n\t\t{\n\t\t\tthis->waitingTimer = this->shared->CreateTimer(this, "waiting TCP connections");\n\t\t}\n\n' +
      '\t\tif (!this->waitingConnections.IsEmpty() && !this->waitingTimer->IsActive())\n\t\t{\n\t\t\tthis->waitingTimer->Start(/*timeoutMs*/ 1000, /*repeatMs*/ 1000);\n\t\t}\n\t}\n\n' +
      '\tvoid TcpServer::OnTimer(TimerHandleInterface* /*timer*/)\n\t{\n\t\tMS_TRACE();\n\n\t\tCloseExcess();\n\n' +
      '\t\tif (this->waitingConnections.IsEmpty())\n\t\t{\n\t\t\tthis->waitingTimer->Stop();\n\t\t}\n\t}\n\n' +
      '\tvoid TcpServer::CloseExcess()\n\t{\n\t\tMS_TRACE();\n\n' +
      '\t\tfor (auto* connection :\n\t\t     this->waitingConnections.TakeExcess(GetNumConnections(), this->shared->GetTimeMs()))\n\t\t{\n\t\t\tconnection->TriggerClose();\n\t\t}\n\t}\n',
  },
  {
    file: 'src/RTC/TcpServer.cpp',
    from: '\t\tthis->listener->OnRtcTcpConnectionClosed(this, static_cast<RTC::TcpConnection*>(connection));\n',
    to:
      '\t\tthis->waitingConnections.Remove(static_cast<RTC::TcpConnection*>(connection));\n' +
      '\t\tthis->listener->OnRtcTcpConnectionClosed(this, static_cast<RTC::TcpConnection*>(connection));\n',
  },
  {
    file: 'include/RTC/TcpConnection.hpp',
    from: '\t\tvoid Send(const uint8_t* data, size_t len, ::TcpConnectionHandle::onSendCallback* cb);\n',
    to:
      '\t\tvoid Send(const uint8_t* data, size_t len, ::TcpConnectionHandle::onSendCallback* cb);\n' +
      '\t\t/**\n\t\t * A transport has taken it: its peer showed the credentials.\n\t\t */\n' +
      '\t\tvoid Admit()\n\t\t{\n\t\t\tthis->admitted = true;\n\t\t}\n\t\tbool IsAdmitted() const\n\t\t{\n\t\t\treturn this->admitted;\n\t\t}\n',
  },
  {
    file: 'include/RTC/TcpConnection.hpp',
    from: '\t\tsize_t frameStart{ 0 }; // Where the latest frame starts.\n',
    to: '\t\tsize_t frameStart{ 0 }; // Where the latest frame starts.\n\t\tbool admitted{ false };\n',
  },
  {
    file: 'include/RTC/TransportTuple.hpp',
    from: '\t\tvoid CloseTcpConnection();\n',
    to: '\t\tvoid CloseTcpConnection();\n\n\t\tvoid AdmitTcpConnection()\n\t\t{\n\t\t\tthis->tcpConnection->Admit();\n\t\t}\n',
  },
  {
    file: 'src/RTC/WebRtcTransport.cpp',
    from: '\t  const RTC::ICE::IceServer* /*iceServer*/, RTC::TransportTuple* tuple)\n\t{\n\t\tMS_TRACE();\n\n\t\tif (this->webRtcTransportListener)\n\t\t{\n\t\t\tthis->webRtcTransportListener->OnWebRtcTransportTransportTupleAdded(this, tuple);\n',
    to: '\t  const RTC::ICE::IceServer* /*iceServer*/, RTC::TransportTuple* tuple)\n\t{\n\t\tMS_TRACE();\n\n\t\tif (tuple->GetProtocol() == RTC::TransportTuple::Protocol::TCP)\n\t\t{\n\t\t\ttuple->AdmitTcpConnection();\n\t\t}\n\n\t\tif (this->webRtcTransportListener)\n\t\t{\n\t\t\tthis->webRtcTransportListener->OnWebRtcTransportTransportTupleAdded(this, tuple);\n',
  },
  {
    // A peer that reads nothing makes the worker keep all that it is sent. Media is dropped then, as the network does with UDP.
    file: 'src/handles/TcpConnectionHandle.cpp',
    from: '\t// First try uv_try_write(). In case it can not directly write all the given\n',
    to:
      '\tif (\n\t  uv_stream_get_write_queue_size(reinterpret_cast<const uv_stream_t*>(this->uvHandle)) >\n\t  MaxWriteQueueSize)\n\t{\n' +
      '\t\tif (cb)\n\t\t{\n\t\t\t(*cb)(false);\n\t\t\tdelete cb;\n\t\t}\n\n\t\treturn;\n\t}\n\n' +
      '\t// First try uv_try_write(). In case it can not directly write all the given\n',
  },
  {
    file: 'src/handles/TcpConnectionHandle.cpp',
    from: '/* Static methods for UV callbacks. */\n',
    to: '/* Static. */\n\n// Half a second of what one session may receive.\nstatic constexpr size_t MaxWriteQueueSize{ 524288 };\n\n/* Static methods for UV callbacks. */\n',
  },
  {
    // A graceful end waits until the peer has read all, which it may never do.
    file: 'src/handles/TcpConnectionHandle.cpp',
    from: '\tif (!this->hasError && !this->isClosedByPeer)\n',
    to:
      '\tif (\n\t  !this->hasError && !this->isClosedByPeer &&\n\t  uv_stream_get_write_queue_size(reinterpret_cast<const uv_stream_t*>(this->uvHandle)) == 0)\n',
  },
];

export const mends = [...crash, ...boundedStreams, ...boundedTcpConnections];
