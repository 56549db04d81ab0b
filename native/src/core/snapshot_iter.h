// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include "core/holderless.h"
#include "core/iterator_requests.h"
#include "core/records.h"
#include "core/snapshot.h"
#include "core/unique_fd.h"

namespace bindscope::core {

// Links of the iterators, received from the helper.
struct iterator_links {
  unique_fd process;
  unique_fd socket;
  std::shared_ptr<iterator_requests> helper; // which starts them; null where we may ourselves
};

// Opens one run of an iterator. Throws std::system_error.
unique_fd create_iterator(const unique_fd &link);

// The same for that of fact::processes or fact::sockets, by whom it may be started. Any thread.
unique_fd start_iterator(const iterator_links &links, handoff::fact told);

// Appends rows as the kernel told them.
void append_process(process_columns &columns, const bs_process_row &row);
void append_socket(socket_columns &columns, const bs_socket_row &row);

// Reads rows of one size to the end of `fd`, however the reads cut them. Throws std::system_error,
// and std::runtime_error where the end cuts a row.
void read_rows(int fd, std::size_t row_size,
               const std::function<void(const std::uint8_t *)> &on_row);

// Processes and sockets of the whole machine by both iterators, and the sockets of our network
// namespace that nobody holds, with pid 0: `known` carries what is known of these from one snapshot
// of a session to the next. A holder that has several descriptors of one socket is told once.
// Throws std::system_error. Any thread.
snapshot take_snapshot_by_iterators(const iterator_links &links, known_holderless &known);

} // namespace bindscope::core
