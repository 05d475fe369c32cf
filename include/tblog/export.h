// SPDX-License-Identifier: Apache-2.0
//
// TBLOG_EXPORT marks what the shared libraries export; everything else has
// hidden visibility.

#ifndef TBLOG_EXPORT_H_
#define TBLOG_EXPORT_H_

#if defined(_WIN32)
#define TBLOG_EXPORT
#else
#define TBLOG_EXPORT __attribute__((visibility("default")))
#endif

#endif  // TBLOG_EXPORT_H_
