using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Upstride.Kernels;

/// <summary>The same span under the type that a generic argument is known to be.</summary>
internal static class Reinterpret
{
    /// <summary><paramref name="span"/>, TFrom being TTo.</summary>
    public static Span<TTo> As<TFrom, TTo>(Span<TFrom> span)
    {
        Debug.Assert(typeof(TFrom) == typeof(TTo));
        return MemoryMarshal.CreateSpan(ref Unsafe.As<TFrom, TTo>(ref MemoryMarshal.GetReference(span)), span.Length);
    }

    /// <summary><paramref name="span"/>, TFrom being TTo.</summary>
    public static ReadOnlySpan<TTo> As<TFrom, TTo>(ReadOnlySpan<TFrom> span)
    {
        Debug.Assert(typeof(TFrom) == typeof(TTo));
        return MemoryMarshal.CreateReadOnlySpan(ref Unsafe.As<TFrom, TTo>(ref MemoryMarshal.GetReference(span)), span.Length);
    }
}
