// The inner half of hone-jail, as process 1 of a jail's pid namespace.
#pragma once

namespace hone {

/// Returns 0 when the main program has been started and has ended, however it did; leaves with 125 where the jail could not
/// be made. What happened goes to the status pipe as JailMessages.
int jail_run(int argc, char** argv);

}  // namespace hone
