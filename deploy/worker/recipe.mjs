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

/** As mediasoup builds it itself; and no download, since all subprojects are ours. */
export const mesonOptions = ['--buildtype=release', '-Db_ndebug=true', '--wrap-mode=nodownload'];

/**
 * Changes to the worker's source, each an exact string that must be there once.
 * @type {{ file: string, from: string, to: string }[]}
 */
export const mends = [
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
]
