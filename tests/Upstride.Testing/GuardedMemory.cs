using System.Runtime.InteropServices;

namespace Upstride.Testing;

/// <summary>
/// Memory of exactly so many elements between two pages that nothing may touch: a kernel that reads or writes one element too far ends the
/// process. It stands against the page behind it, or against the page before it. Linux only.
/// </summary>
internal sealed unsafe class GuardedMemory<T> : IDisposable
    where T : unmanaged
{
    private readonly byte* _pages;
    private readonly nuint _length;

    public GuardedMemory(int count, bool againstEnd = true)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "pages are guarded with mmap and mprotect, which are Linux's here");
        nuint page = (nuint)Environment.SystemPageSize;
        nuint bytes = (nuint)(count * sizeof(T)), inner = (bytes + page - 1) / page * page;
        _length = inner + 2 * page;
        _pages = (byte*)GuardedPages.Map(null, _length, GuardedPages.ReadWrite, GuardedPages.PrivateAnonymous, -1, 0);
        Assert.NotEqual(-1, (nint)_pages);
        Assert.Equal(0, GuardedPages.Protect(_pages, page, GuardedPages.None));
        Assert.Equal(0, GuardedPages.Protect(_pages + page + inner, page, GuardedPages.None));
        Start = (T*)(_pages + page + (againstEnd ? inner - bytes : 0));
        Count = count;
    }

    public int Count { get; }

    public T* Start { get; }

    public Span<T> Span => new(Start, Count);

    public void Dispose() => GuardedPages.Unmap(_pages, _length);
}

internal static unsafe partial class GuardedPages
{
    public const int None = 0, ReadWrite = 3, PrivateAnonymous = 0x22;

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    public static partial void* Map(void* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    public static partial int Protect(void* address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    public static partial int Unmap(void* address, nuint length);
}
