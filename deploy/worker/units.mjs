// @ts-check
// In which units the sources of the worker are compiled. mediasoup compiles each of its 250 files by itself, and most of that
// time goes into the same headers again and again. A unit is a file that includes many of them, so that headers are read once.

/**
 * @typedef {object} Units how the sources that one list of a build file names are compiled
 * @property {string} buildFile
 * @property {string} list
 * @property {string[]} unused what nothing calls, as beginnings of paths
 * @property {Record<string, string[]>} busy what packets go through: names of units, and beginnings of the paths in each
 * @property {Record<string, string[]>} quiet all else, compiled with fewer optimisations
 */

/**
 * Of two beginnings that a path has, the longer one counts. Files come in the order of the beginnings. Two files that define the same name for themselves cannot share a
 * unit; the compiler tells.
 * @type {Units[]}
 */
export const units = [
  {
    buildFile: 'meson.build',
    list: 'common_sources',
    // The new estimation of bandwidth, which is off (`ms_use_builtin_bwe`) and unfinished, and a new RTCP that nothing uses.
    unused: ['src/RTC/BWE/', 'src/RTC/NEW_RTCP/'],
    busy: {
      transports: [
        'src/RTC/Transport',
        'src/RTC/WebRtcTransport.cpp',
        'src/RTC/SrtpSession.cpp',
        'src/RTC/ICE/',
        'src/RTC/UdpSocket.cpp',
      ],
      streams: [
        'src/RTC/Consumer.cpp',
        'src/RTC/Producer.cpp',
        'src/RTC/Router.cpp',
        'src/RTC/RtpObserver.cpp',
        'src/RTC/ActiveSpeakerObserver.cpp',
        'src/RTC/AudioLevelObserver.cpp',
        'src/RTC/KeyFrameRequestManager.cpp',
        'src/RTC/PipeProducerStreamManager.cpp',
        'src/RTC/SimpleProducerStreamManager.cpp',
        'src/RTC/SimulcastProducerStreamManager.cpp',
        'src/RTC/RTP/RtxStream.cpp',
      ],
      packets: [
        'src/RTC/RTP/',
        'src/RTC/NackGenerator.cpp',
        'src/RTC/RateCalculator.cpp',
        'src/RTC/RemoteCaptureTimeEstimator.cpp',
        'src/RTC/RemoteClockOffsetEstimator.cpp',
        'src/RTC/RtpListener.cpp',
        'src/RTC/SeqManager.cpp',
        'src/RTC/TrendCalculator.cpp',
        'src/Utils/',
      ],
      sockets: [
        'src/handles/BackoffTimerHandle.cpp',
        'src/handles/TcpServerHandle.cpp',
        'src/handles/TimerHandle.cpp',
        'src/handles/UdpSocketHandle.cpp',
        'src/RTC/PipeTransport.cpp',
        'src/RTC/SvcProducerStreamManager.cpp',
        'src/RTC/TransportCongestionControlServer.cpp',
        'src/RTC/WebRtcServer.cpp',
      ],
      // What specialises a template comes before what uses it.
      feedback: ['src/RTC/RTCP/Feedback.cpp', 'src/RTC/RTCP/'],
    },
    quiet: {
      // No data channels are used.
      sctp: ['src/RTC/SCTP/'],
      'sctp-packets': ['src/RTC/SCTP/packet/', 'src/RTC/SCTP/association/TransmissionControlBlock.cpp'],
      connections: [
        'src/handles/TcpConnectionHandle.cpp',
        'src/RTC/Tcp',
        'src/RTC/DtlsTransport.cpp',
        'src/DepLibSRTP.cpp',
        'src/DepLibWebRTC.cpp',
      ],
      control: ['src/'],
    },
  },
  {
    buildFile: 'deps/libwebrtc/meson.build',
    list: 'libwebrtc_sources',
    unused: ['libwebrtc/modules/congestion_controller/goog_cc/median_slope_estimator.cc'],
    busy: { estimation: ['libwebrtc/modules/congestion_controller/'], pacing: ['libwebrtc/'] },
    quiet: {},
  },
];

const executable = "executable(\n  'mediasoup-worker',\n";

/**
 * The units that are quiet are a library of their own, since meson has options of the compiler for whole targets only.
 * The linker meets it last: of a function that is in both, such as a template, it takes the optimised one.
 */
export const mends = [
  {
    file: 'meson.build',
    from: executable,
    to: `quiet_units = static_library(
  'quiet-units',
  dependencies: dependencies,
  sources: quiet_common_sources,
  include_directories: include_directories('include'),
  cpp_args: cpp_args + ['-DMS_EXECUTABLE', '-O1'],
)

dependencies += [declare_dependency(link_with: quiet_units)]

${executable}`,
  },
];
