#ifndef VEILCAST_INBOUND_STREAMS_HPP
#define VEILCAST_INBOUND_STREAMS_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>

namespace RTC
{
	/**
	 * The SSRCs for which libsrtp holds a stream of one receiving session.
	 *
	 * libsrtp adds a stream for every new SSRC in a packet that it has authenticated, keeps it in a list, and searches
	 * this list for every packet. The peer chooses its SSRCs, so the list needs a bound: when it is full, the stream that
	 * was not used for the longest time goes. This costs only the peer that sent too many.
	 */
	class InboundStreams
	{
	public:
		explicit InboundStreams(size_t maxStreams) : maxStreams(maxStreams)
		{
		}

		/**
		 * A packet of this SSRC was authenticated. Returns the SSRC of the stream that must be removed now, if any.
		 */
		std::optional<uint32_t> Use(uint32_t ssrc)
		{
			this->lastUse[ssrc] = ++this->uses;

			if (this->lastUse.size() <= this->maxStreams)
			{
				return std::nullopt;
			}

			const auto oldest = std::min_element(
			  this->lastUse.begin(),
			  this->lastUse.end(),
			  [](const auto& a, const auto& b) { return a.second < b.second; });
			const auto oldestSsrc = oldest->first;

			this->lastUse.erase(oldest);

			return oldestSsrc;
		}

		void Remove(uint32_t ssrc)
		{
			this->lastUse.erase(ssrc);
		}

	private:
		// Passed by argument.
		size_t maxStreams{ 0 };
		// Others.
		uint64_t uses{ 0 };
		std::unordered_map<uint32_t, uint64_t> lastUse;
	};
} // namespace RTC

#endif
