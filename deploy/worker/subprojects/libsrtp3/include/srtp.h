// The calls of libsrtp 3 that the worker makes, on libsrtp 2.
// Version 3 hides the policy behind functions and takes the output buffer apart from the input.
#pragma once

#include <srtp2/srtp.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

struct Srtp3Policy
{
	srtp_policy_t settings;
	uint8_t key[SRTP_MAX_KEY_LEN];
};

using Srtp2Policy = srtp_policy_t;

// From here on the name means what version 3 means by it.
#define srtp_policy_t Srtp3Policy*

// Codes that version 2 never answers; the worker has a text for each.
constexpr auto srtp_err_status_buffer_small = static_cast<srtp_err_status_t>(28);
constexpr auto srtp_err_status_cryptex_err  = static_cast<srtp_err_status_t>(29);

inline srtp_err_status_t srtp_policy_create(Srtp3Policy** policy)
{
	*policy = new Srtp3Policy{};

	return srtp_err_status_ok;
}

inline void srtp_policy_destroy(Srtp3Policy* policy)
{
	delete policy;
}

inline srtp_err_status_t srtp_policy_set_ssrc(Srtp3Policy* policy, srtp_ssrc_t ssrc)
{
	policy->settings.ssrc = ssrc;

	return srtp_err_status_ok;
}

inline srtp_err_status_t srtp_policy_set_profile(Srtp3Policy* policy, srtp_profile_t profile)
{
	const auto err = srtp_crypto_policy_set_from_profile_for_rtp(&policy->settings.rtp, profile);

	return err ? err : srtp_crypto_policy_set_from_profile_for_rtcp(&policy->settings.rtcp, profile);
}

inline srtp_err_status_t srtp_policy_add_key(
  Srtp3Policy* policy,
  const uint8_t* key,
  size_t keyLen,
  const uint8_t* salt,
  size_t saltLen,
  const uint8_t* /*mki*/,
  size_t /*mkiLen*/)
{
	if (keyLen + saltLen > sizeof(policy->key))
	{
		return srtp_err_status_bad_param;
	}

	std::memcpy(policy->key, key, keyLen);
	std::memcpy(policy->key + keyLen, salt, saltLen);
	policy->settings.key = policy->key;

	return srtp_err_status_ok;
}

inline srtp_err_status_t srtp_policy_set_allow_repeat_tx(Srtp3Policy* policy, bool allow)
{
	policy->settings.allow_repeat_tx = allow ? 1 : 0;

	return srtp_err_status_ok;
}

inline srtp_err_status_t srtp_policy_set_window_size(Srtp3Policy* policy, size_t size)
{
	policy->settings.window_size = static_cast<unsigned long>(size);

	return srtp_err_status_ok;
}

inline srtp_err_status_t srtp_create(srtp_t* session, Srtp3Policy* policy)
{
	return srtp_create(session, static_cast<const Srtp2Policy*>(&policy->settings));
}

inline srtp_err_status_t srtp_stream_remove(srtp_t session, uint32_t ssrc)
{
	return srtp_remove_stream(session, ssrc);
}

// Version 2 works in place: copy first where the buffers differ.
template<typename Operation>
inline srtp_err_status_t srtp_in_place(
  const uint8_t* in, size_t inLen, size_t room, uint8_t* out, size_t* outLen, Operation operation)
{
	if (inLen + room > *outLen)
	{
		return srtp_err_status_buffer_small;
	}

	if (out != in)
	{
		std::memcpy(out, in, inLen);
	}

	auto len       = static_cast<int>(inLen);
	const auto err = operation(out, &len);

	*outLen = err ? 0 : static_cast<size_t>(len);

	return err;
}

inline srtp_err_status_t srtp_protect(
  srtp_t session, const uint8_t* rtp, size_t rtpLen, uint8_t* srtp, size_t* srtpLen, size_t /*mki*/)
{
	return srtp_in_place(rtp, rtpLen, SRTP_MAX_TRAILER_LEN, srtp, srtpLen, [session](void* data, int* len) {
		return srtp_protect(session, data, len);
	});
}

inline srtp_err_status_t srtp_protect_rtcp(
  srtp_t session, const uint8_t* rtcp, size_t rtcpLen, uint8_t* srtcp, size_t* srtcpLen, size_t /*mki*/)
{
	return srtp_in_place(rtcp, rtcpLen, SRTP_MAX_TRAILER_LEN + 4, srtcp, srtcpLen, [session](void* data, int* len) {
		return srtp_protect_rtcp(session, data, len);
	});
}

inline srtp_err_status_t srtp_unprotect(
  srtp_t session, const uint8_t* srtp, size_t srtpLen, uint8_t* rtp, size_t* rtpLen)
{
	return srtp_in_place(srtp, srtpLen, 0, rtp, rtpLen, [session](void* data, int* len) {
		return srtp_unprotect(session, data, len);
	});
}

inline srtp_err_status_t srtp_unprotect_rtcp(
  srtp_t session, const uint8_t* srtcp, size_t srtcpLen, uint8_t* rtcp, size_t* rtcpLen)
{
	return srtp_in_place(srtcp, srtcpLen, 0, rtcp, rtcpLen, [session](void* data, int* len) {
		return srtp_unprotect_rtcp(session, data, len);
	});
}
