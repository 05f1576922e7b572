using System.Runtime.InteropServices;

namespace Upstride.Kernels;

// Integers known when the code is compiled, as type arguments: a type of that many bytes. The compiler has a constant for sizeof as soon as
// it reads it, and does not read what the constant excludes; a static property is a call until it is inlined, and every row of a register
// tile is read before: a tile of one row takes a quarter of the time to compile.

[StructLayout(LayoutKind.Sequential, Size = 1)]
internal readonly struct Count1;

[StructLayout(LayoutKind.Sequential, Size = 2)]
internal readonly struct Count2;

[StructLayout(LayoutKind.Sequential, Size = 3)]
internal readonly struct Count3;

[StructLayout(LayoutKind.Sequential, Size = 4)]
internal readonly struct Count4;

[StructLayout(LayoutKind.Sequential, Size = 5)]
internal readonly struct Count5;

[StructLayout(LayoutKind.Sequential, Size = 6)]
internal readonly struct Count6;

[StructLayout(LayoutKind.Sequential, Size = 7)]
internal readonly struct Count7;

[StructLayout(LayoutKind.Sequential, Size = 8)]
internal readonly struct Count8;

[StructLayout(LayoutKind.Sequential, Size = 9)]
internal readonly struct Count9;

[StructLayout(LayoutKind.Sequential, Size = 10)]
internal readonly struct Count10;

[StructLayout(LayoutKind.Sequential, Size = 11)]
internal readonly struct Count11;

[StructLayout(LayoutKind.Sequential, Size = 12)]
internal readonly struct Count12;

[StructLayout(LayoutKind.Sequential, Size = 13)]
internal readonly struct Count13;

[StructLayout(LayoutKind.Sequential, Size = 14)]
internal readonly struct Count14;
