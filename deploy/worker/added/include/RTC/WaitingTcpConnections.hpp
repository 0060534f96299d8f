#ifndef VEILCAST_WAITING_TCP_CONNECTIONS_HPP
#define VEILCAST_WAITING_TCP_CONNECTIONS_HPP

#include "common.hpp"
#include "RTC/TcpConnection.hpp"
#include <algorithm>
#include <array>
#include <cstring> // std::memcpy()
#include <vector>

namespace RTC
{
	/**
	 * The TCP connections of one listening port that no transport has admitted yet, in the order in which they came.
	 *
	 * A connection is admitted by a STUN request with the credentials of a transport, which a client sends at once. Anybody
	 * can open a connection and send nothing, so these are bounded in time and number. Where there are too many, the oldest
	 * goes: a new client is served although others wait in silence.
	 */
	class WaitingTcpConnections
	{
	public:
		// Longer than a client needs to send its first STUN request, with a few lost packets.
		static constexpr int64_t MaxWaitMs{ 10000 };
		static constexpr size_t MaxWaiting{ 512 };
		// Many clients share an address behind a NAT or a proxy, but few of them connect in the same moment.
		static constexpr size_t MaxWaitingPerAddress{ 64 };
		// Of all connections of the port, admitted ones too. Below the worker's limit of open files.
		static constexpr size_t MaxConnections{ 4096 };

	private:
		// Address family and the address without its port; of IPv6 the first 64 bits, since one host has them all.
		using AddressKey = std::array<uint8_t, 9>;

		struct Waiting
		{
			RTC::TcpConnection* connection;
			AddressKey address;
			int64_t sinceMs;
		};

	public:
		void Add(RTC::TcpConnection* connection, int64_t nowMs)
		{
			this->waiting.push_back({ connection, GetAddressKey(connection->GetPeerAddress()), nowMs });
		}

		void Remove(const RTC::TcpConnection* connection)
		{
			std::erase_if(
			  this->waiting, [connection](const Waiting& one) { return one.connection == connection; });
		}

		bool IsEmpty() const
		{
			return this->waiting.empty();
		}

		/**
		 * The connections that have to go, of which `numConnections` are open. Forgets them and those that were admitted.
		 */
		std::vector<RTC::TcpConnection*> TakeExcess(size_t numConnections, int64_t nowMs)
		{
			std::erase_if(this->waiting, [](const Waiting& one) { return one.connection->IsAdmitted(); });

			std::vector<RTC::TcpConnection*> excess;

			std::erase_if(
			  this->waiting,
			  [this, numConnections, nowMs, &excess](const Waiting& one)
			  {
				  const auto left = this->waiting.size() - excess.size();

				  if (
				    nowMs - one.sinceMs < MaxWaitMs && left <= MaxWaiting &&
				    numConnections - excess.size() <= MaxConnections)
				  {
					  return false;
				  }

				  excess.push_back(one.connection);

				  return true;
			  });

			return excess;
		}

		/**
		 * The oldest connection of the same address as the newest one, when they are too many. Forgets it.
		 */
		RTC::TcpConnection* TakeExcessOfNewestAddress()
		{
			if (this->waiting.empty())
			{
				return nullptr;
			}

			const auto address = this->waiting.back().address;
			const auto isSame  = [&address](const Waiting& one) { return one.address == address; };

			if (
			  std::count_if(this->waiting.begin(), this->waiting.end(), isSame) <=
			  static_cast<std::ptrdiff_t>(MaxWaitingPerAddress))
			{
				return nullptr;
			}

			const auto oldest = std::find_if(this->waiting.begin(), this->waiting.end(), isSame);
			auto* connection  = oldest->connection;

			this->waiting.erase(oldest);

			return connection;
		}

	private:
		static AddressKey GetAddressKey(const struct sockaddr* address)
		{
			AddressKey key{};

			if (address->sa_family == AF_INET6)
			{
				key[0] = 6;
				std::memcpy(
				  key.data() + 1,
				  reinterpret_cast<const struct sockaddr_in6*>(address)->sin6_addr.s6_addr,
				  key.size() - 1);
			}
			else
			{
				const auto& ip = reinterpret_cast<const struct sockaddr_in*>(address)->sin_addr;

				key[0] = 4;
				std::memcpy(key.data() + 1, std::addressof(ip), sizeof(ip));
			}

			return key;
		}

	private:
		std::vector<Waiting> waiting;
	};
} // namespace RTC

#endif
