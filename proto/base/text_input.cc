#include "proto/base/text_input.h"

#include <zlib.h>

#include <array>
#include <iostream>
#include <streambuf>

#include "proto/base/error.h"
#include "proto/base/file.h"

namespace hone {

/// zlib hands plain files through as they are.
class TextInput::GzipBuffer : public std::streambuf {
 public:
  explicit GzipBuffer(const std::filesystem::path& path) : file_(gzopen(path.c_str(), "rb")) {
    if (file_ == nullptr) throw Error(ErrorCode::not_found, path.string() + ": cannot open");
    gzbuffer(file_, 1 << 17);
  }
  ~GzipBuffer() override { gzclose(file_); }
  GzipBuffer(const GzipBuffer&) = delete;
  GzipBuffer& operator=(const GzipBuffer&) = delete;

  const std::string& failure() const { return failure_; }
  bool is_plain() const { return gzdirect(file_) == 1; }

 protected:
  int_type underflow() override {
    const int count = gzread(file_, bytes_.data(), static_cast<unsigned>(bytes_.size()));
    if (count <= 0) {
      int code = Z_OK;
      const char* text = gzerror(file_, &code);
      if (code != Z_OK && code != Z_STREAM_END) failure_ = text;
      return traits_type::eof();
    }
    setg(bytes_.data(), bytes_.data(), bytes_.data() + count);
    return traits_type::to_int_type(bytes_[0]);
  }

 private:
  gzFile file_;
  std::array<char, 1 << 16> bytes_{};
  std::string failure_;
};

TextInput::TextInput(const std::filesystem::path& path, std::string_view what) : source_(path == "-" ? "<stdin>" : path.string()) {
  if (path == "-") {
    stream_ = &std::cin;
    return;
  }
  require_file(path, what);
  buffer_ = std::make_unique<GzipBuffer>(path);
  owned_ = std::make_unique<std::istream>(buffer_.get());
  stream_ = owned_.get();
}

TextInput::~TextInput() = default;

bool TextInput::is_plain() const { return buffer_ && buffer_->is_plain(); }

void TextInput::require_whole() const {
  if (buffer_ && !buffer_->failure().empty())
    throw Error(ErrorCode::data_loss, source_ + ": cannot be read to its end: " + buffer_->failure());
  if (stream_->bad()) throw Error(ErrorCode::data_loss, source_ + ": read error");
}

}  // namespace hone
