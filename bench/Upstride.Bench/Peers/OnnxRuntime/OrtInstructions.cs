using System.Globalization;
using System.Runtime.InteropServices;

namespace Upstride.Bench.Peers.OnnxRuntime;

/// <summary>
/// Holds ONNX Runtime, which has no setting for it, to AVX2: where its code asks the processor which registers the operating system keeps
/// (<c>xgetbv</c> after <c>cpuid</c>), it is told in this process that those of AVX-512 are not among them.
/// </summary>
internal static unsafe partial class OrtInstructions
{
    // How many bytes before xgetbv cpuid is looked for, which tells the instruction from other bytes of the same values.
    private const int Near = 96;

    private const int Read = 1, Write = 2, Execute = 4;

    private static ReadOnlySpan<byte> CpuId => [0x0f, 0xa2];

    private static ReadOnlySpan<byte> XGetBv => [0x0f, 0x01, 0xd0];

    // push 7; pop rax: x87, SSE and AVX.
    private static ReadOnlySpan<byte> UpToAvx => [0x6a, 0x07, 0x58];

    /// <summary>Holds the library, before anything of it was used.</summary>
    /// <returns>Why it cannot be; null where it is held.</returns>
    public static string? HoldToAvx2()
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64)
            return "it can be held to AVX2 under Linux on x64 alone";
        var path = Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native", "libonnxruntime.so");
        if (!NativeLibrary.TryLoad(path, out _)) return $"{path} cannot be loaded";
        var held = 0;
        foreach (var line in File.ReadLines("/proc/self/maps"))
        {
            // start-end rights offset device inode path
            var parts = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (parts.Length < 6 || parts[5] != path || !parts[1].Contains('x', StringComparison.Ordinal)) continue;
            var ends = parts[0].Split('-').Select(Hexadecimal).ToArray();
            held += Replace((byte*)ends[0], ends[1] - ends[0]);
        }

        return held > 0 ? null : $"{path} does not ask the processor in a way that is known";
    }

    private static nint Hexadecimal(string text) => nint.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private static int Replace(byte* code, nint length)
    {
        if (Protect(code, length, Read | Write | Execute) != 0) return 0;
        var count = 0;
        for (nint i = Near; i <= length - XGetBv.Length; i++)
        {
            if (!new ReadOnlySpan<byte>(code + i, XGetBv.Length).SequenceEqual(XGetBv)
                || new ReadOnlySpan<byte>(code + i - Near, Near).IndexOf(CpuId) < 0) continue;
            UpToAvx.CopyTo(new Span<byte>(code + i, UpToAvx.Length));
            count++;
        }

        _ = Protect(code, length, Read | Execute);
        return count;
    }

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int Protect(byte* address, nint length, int rights);
}
