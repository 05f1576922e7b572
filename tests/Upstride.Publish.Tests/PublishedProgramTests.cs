using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Upstride.Testing;

namespace Upstride.Publish.Tests;

/// <summary>
/// The program compiled ahead of time computes the same bits as under the JIT, with vectors as wide as the processor has them and, where
/// that is 512 bits, with 256 as well.
/// </summary>
[Collection(Publishing.OneAfterAnother)]
public sealed class PublishedProgramTests(PublishedProgram published) : IClassFixture<PublishedProgram>
{
    private static readonly string _sample = Path.Combine(SharedData.Checkout, "samples", "scene-small.png");

    public static TheoryData<string> Avx512 => ["1", "0"];

    [Theory]
    [MemberData(nameof(Avx512))]
    public void Shape_upscale_and_run_give_the_bits_of_the_JIT(string avx512)
    {
        string program = published.Path;
        using TemporaryFolder ahead = new(), justInTime = new();
        string[] outputs = [Work(program, [], ahead, avx512),
            Work("dotnet", [Path.Combine(AppContext.BaseDirectory, "Upstride.Cli.dll")], justInTime, avx512)];
        Assert.Contains("output = full - head - tail = 261 - 4 - 2 = 255", outputs[0], StringComparison.Ordinal);
        Assert.Equal(outputs[1], outputs[0]);
        string[] files = ["fsrcnn.onnx", "larger.png", "larger-8.png", "y.npy"];
        Assert.Equal(files.Order(StringComparer.Ordinal),
            Directory.GetFiles(ahead.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        foreach (string file in files) Assert.Equal(File.ReadAllBytes(justInTime.File(file)), File.ReadAllBytes(ahead.File(file)));
    }

    [Fact]
    public void Its_archive_holds_the_licences_and_the_twin_for_wider_vectors()
    {
        string folder = Path.GetDirectoryName(published.Path)!;
        string[] twin = Path.GetFileName(folder).EndsWith("linux-x64", StringComparison.Ordinal) ? ["upstride-v4"] : [];
        Assert.Equal(
            ((string[])["LICENSE", "README.md", "THIRD-PARTY-NOTICES.txt", "site", "upstride", .. twin]).Order(StringComparer.Ordinal),
            Directory.GetFileSystemEntries(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.InRange(published.ArchiveLength, 1, 25_000_000);
        // Each file of the site once, as `explore` serves it.
        foreach (string packed in Directory.GetFiles(Path.Combine(folder, "site"), "*.br", SearchOption.AllDirectories))
            Assert.False(File.Exists(packed[..^3]), packed[..^3]);
    }

    [Fact]
    public void On_a_processor_without_the_instructions_it_says_what_it_needs()
    {
        string twin = published.Path + "-v4";
        Assert.SkipWhen(Avx512F.IsSupported || !Vector256.IsHardwareAccelerated, "this processor has them, or is none of x64");
        (int code, string output) = Publishing.Run(twin, ["--version"], null);
        Assert.Equal(2, code);
        Assert.StartsWith("upstride: this program needs a processor with the instructions of x86-64-v4 (AVX-512), and this one lacks them",
            output, StringComparison.Ordinal);
    }

    // All that the program prints but for times and folders; it is held to 256 bits by the variable that the JIT reads.
    private static string Work(string program, string[] first, TemporaryFolder folder, string avx512)
    {
        string[][] commands =
        [
            ["shape", "--input", "85x85", "--kernel", "9", "--stride", "3", "--padding", "4", "--output-padding", "2"],
            ["upscale", _sample, "--scale", "3", "-o", folder.File("larger.png")],
            ["upscale", _sample, "--scale", "2", "--self-ensemble", "--threads", "2", "-o", folder.File("larger-8.png")],
            ["export", "fsrcnn", "--scale", "4", "-o", folder.File("fsrcnn.onnx")],
            ["run", folder.File("fsrcnn.onnx"), "--input", _sample, "--output", folder.File("y.npy")],
        ];
        var printed = new List<string>();
        foreach (string[] command in commands)
        {
            (int code, string output) = Publishing.Run(program, [.. first, .. command], null, ("DOTNET_EnableAVX512", avx512));
            Assert.True(code == 0, $"{string.Join(' ', command)} ended with {code}: {output}");
            if (command[0] == "shape") printed.Add(output);
        }
        return string.Concat(printed);
    }
}
