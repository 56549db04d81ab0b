// SPDX-License-Identifier: Apache-2.0
#include "core/proc_fs.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <memory>

#include "core/clocks.h"

namespace bindscope::core {

namespace {

bool read_to_end(const unique_fd &file, std::string &out) {
  out.clear();
  if (!file)
    return false;
  constexpr std::size_t step = 4096;
  for (;;) {
    const std::size_t length = out.size();
    out.resize(length + step);
    const ssize_t got = ::read(file.get(), out.data() + length, step);
    out.resize(length + static_cast<std::size_t>(got > 0 ? got : 0));
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0)
      return got == 0;
  }
}

template <typename Number> std::optional<Number> whole_number(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return number;
}

std::string_view take_word(std::string_view &text, std::string_view separators = " \t\n") {
  const std::size_t start = text.find_first_not_of(separators);
  if (start == std::string_view::npos) {
    text = {};
    return {};
  }
  const std::size_t end = text.find_first_of(separators, start);
  const std::string_view word = text.substr(start, end - start);
  text = end == std::string_view::npos ? std::string_view{} : text.substr(end);
  return word;
}

} // namespace

bool read_file_at(int directory, const char *name, std::string &out) {
  return read_to_end(unique_fd(::openat(directory, name, O_RDONLY | O_CLOEXEC)), out);
}

bool read_file(const char *path, std::string &out) {
  return read_file_at(AT_FDCWD, path, out);
}

std::vector<std::uint32_t> list_pids(const char *proc) {
  std::vector<std::uint32_t> pids;
  const std::unique_ptr<DIR, int (*)(DIR *)> directory(::opendir(proc), ::closedir);
  if (!directory)
    return pids;
  while (const dirent *entry = ::readdir(directory.get()))
    if (const auto pid = whole_number<std::uint32_t>(entry->d_name))
      pids.push_back(*pid);
  std::sort(pids.begin(), pids.end());
  return pids;
}

std::optional<process_stat> parse_stat(std::string_view text) {
  const std::size_t open = text.find('(');
  const std::size_t close = text.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open)
    return std::nullopt;
  std::string_view rest = text.substr(close + 1);
  // proc(5): the word behind comm is field 3, the state; the parent is field 4, the count of
  // threads field 20, the start time field 22.
  bool defunct = false;
  std::optional<std::uint32_t> parent;
  std::optional<std::uint64_t> threads;
  std::optional<std::uint64_t> start;
  for (int field = 3; field <= 22; field++) {
    const std::string_view word = take_word(rest);
    if (field == 3)
      defunct = word == "Z" || word == "X";
    if (field == 20)
      threads = whole_number<std::uint64_t>(word);
    if (field == 4)
      parent = whole_number<std::uint32_t>(word);
    if (field == 22)
      start = whole_number<std::uint64_t>(word);
  }
  if (!parent || !start)
    return std::nullopt;
  // A main thread that has ended while others run reads as defunct, too.
  return process_stat{text.substr(open + 1, close - open - 1), *parent, *start,
                      defunct && threads.value_or(1) <= 1};
}

std::uint64_t nanoseconds_of_ticks(std::uint64_t ticks) {
  static const auto rate = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  return ticks / rate * nanoseconds_per_second + ticks % rate * (nanoseconds_per_second / rate);
}

std::optional<std::uint32_t> parse_real_uid(std::string_view status) {
  constexpr std::string_view key = "\nUid:";
  const std::size_t at = status.find(key);
  if (at == std::string_view::npos)
    return std::nullopt;
  std::string_view rest = status.substr(at + key.size());
  return whole_number<std::uint32_t>(take_word(rest));
}

std::optional<std::string_view> parse_cgroup2_path(std::string_view cgroups) {
  constexpr std::string_view key = "0::";
  std::size_t at = 0;
  while (at < cgroups.size()) {
    const std::size_t end = std::min(cgroups.find('\n', at), cgroups.size());
    const std::string_view line = cgroups.substr(at, end - at);
    if (line.compare(0, key.size(), key) == 0)
      return line.substr(key.size());
    at = end + 1;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> parse_inode_link(std::string_view link, std::string_view kind) {
  if (link.size() < kind.size() + 4 || link.compare(0, kind.size(), kind) != 0 ||
      link.compare(kind.size(), 2, ":[") != 0 || link.back() != ']')
    return std::nullopt;
  return whole_number<std::uint64_t>(link.substr(kind.size() + 2, link.size() - kind.size() - 3));
}

std::string read_link_at(int directory, const char *name) {
  char target[PATH_MAX];
  const ssize_t length = ::readlinkat(directory, name, target, sizeof(target));
  return length > 0 ? std::string(target, static_cast<std::size_t>(length)) : std::string();
}

std::uint32_t read_netns(int process_directory) {
  return static_cast<std::uint32_t>(
      parse_inode_link(read_link_at(process_directory, "ns/net"), "net").value_or(0));
}

file_id read_executable_id(int process_directory) {
  struct statx file {};
  // A server that does not answer must not hang us: what the kernel knows is enough.
  if (::statx(process_directory, "exe", AT_STATX_DONT_SYNC, STATX_INO, &file) != 0)
    return {};
  // The kernel encodes a device in 32 bits, which are the low half of the library's.
  return {file.stx_ino,
          static_cast<std::uint32_t>(::makedev(file.stx_dev_major, file.stx_dev_minor))};
}

std::string read_executable(int process_directory) {
  constexpr std::string_view mark = " (deleted)";
  std::string path = read_link_at(process_directory, "exe");
  if (path.size() > mark.size() &&
      path.compare(path.size() - mark.size(), mark.size(), mark) == 0) {
    // A file may be called so. The link leads to the file itself, whatever its name.
    struct stat file {};
    if (::fstatat(process_directory, "exe", &file, 0) != 0 || file.st_nlink == 0)
      path.resize(path.size() - mark.size());
  }
  return path;
}

cgroup_ids::cgroup_ids() {
  std::string mounts;
  if (!read_file("/proc/self/mounts", mounts))
    return;
  std::string_view rest = mounts;
  while (!rest.empty()) {
    std::string_view line = take_word(rest, "\n");
    take_word(line);
    const std::string_view point = take_word(line);
    if (take_word(line) == "cgroup2") {
      mount_point_ = point;
      return;
    }
  }
}

std::uint64_t cgroup_ids::id(std::string_view path) {
  if (mount_point_.empty())
    return 0;
  const auto [entry, fresh] = known_.try_emplace(std::string(path), 0);
  struct stat directory {};
  if (fresh && ::stat((mount_point_ + entry->first).c_str(), &directory) == 0)
    entry->second = directory.st_ino;
  return entry->second;
}

} // namespace bindscope::core
