using System.Runtime.CompilerServices;

// Kernels keep tiles of vectors on the stack and write every element before they read it; clearing them first would cost more than some
// kernels do.
[module: SkipLocalsInit]
