using Upstride.Files;
using Upstride.Testing;

namespace Upstride.Cli.Tests;

/// <summary>What a mistyped line is told, in the words that are typed.</summary>
public sealed class CommandLineTests
{
    [Theory]
    [InlineData("upscale a.png --selfensemble -o b.png --scale 2", "unknown option '--selfensemble': did you mean '--self-ensemble'?")]
    [InlineData("upscale a.png -o --selfensemble --scale 2", "unknown option '--selfensemble': did you mean '--self-ensemble'?")]
    [InlineData("upscale a.png --sclae=2 -o b.png", "unknown option '--sclae': did you mean '--scale'?")]
    [InlineData("shape --input 4 --kernal 3", "unknown option '--kernal': did you mean '--kernel'?")]
    [InlineData("shape --input 4 --kernel 3 --jsn", "unknown option '--jsn': did you mean '--json'?")]
    [InlineData("shape --frobnicate", "unknown option '--frobnicate'; a file whose name begins with '-' comes after '--'")]
    [InlineData("verify -z cases", "unknown option '-z'; a file whose name begins with '-' comes after '--'")]
    [InlineData("upscal a.png", "unknown command 'upscal': did you mean 'upscale'?")]
    [InlineData("apply conv2 --input x.npy", "unknown command 'conv2': did you mean 'conv2d'?")]
    [InlineData("apply conv-transpose4d", "unknown command 'conv-transpose4d': did you mean 'conv-transpose2d'?")]
    [InlineData("train everything", "unknown command 'everything': it must be one of fsrcnn, sr, dcgan, segment, classifier")]
    public void What_is_mistyped_is_told_with_the_nearest_word(string line, string message)
    {
        ToolResult result = Tool.RunLine(line);
        Assert.Equal(2, result.Code);
        Assert.StartsWith($"upstride: {message}\n", result.Error.ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void After_two_hyphens_a_name_that_begins_with_one_is_a_file()
    {
        ToolResult result = Tool.RunLine("verify -- -cases");
        Assert.Equal((3, "upstride: case: there is no folder '-cases'"), (result.Code, result.Error.Trim()));
    }

    [Fact]
    public void A_negative_number_is_a_value()
    {
        using var folder = new TemporaryFolder();
        NetworkCommandTests.Doubler().Save(folder.File("m.onnx"));
        Imaging.ImageFile.Write(folder.File("x.png"), UpscaleCommandTests.Noise(3, 3, 1, Imaging.SampleType.UInt8, seed: 1));
        Tool.Run("run", folder.File("m.onnx"), "--input", folder.File("x.png"), "--range", "-1..1", "--mean", "-0.5", "--output",
            folder.File("y.npy")).Text();
        Assert.Contains("--output-padding -1", Tool.RunLine("shape --input 4 --kernel 3 --output-padding -1").Error,
            StringComparison.Ordinal);
    }

    // The library's own refusals, as typed: what is to be given instead can be pasted.
    [Theory]
    [InlineData("shape --input 4 --kernel 3 --stride 3 --output-padding 3",
        "--output-padding 3 must be less than max(stride, dilation) = max(3, 1) = 3: use 0 .. 2, or a larger stride")]
    [InlineData("shape --input 4 --kernel 3 --stride 2 --auto-pad same",
        "--auto-pad same-upper, and PyTorch's transposed convolution has no --auto-pad same: '--padding 1 --output-padding 1' give the "
            + "same size, cropping 1 at the start where --auto-pad same crops 0")]
    [InlineData("shape --input 4 --kernel 3 --framework keras --auto-pad same-lower",
        "--auto-pad same-lower, and Keras has no --auto-pad same that puts the odd element at the start: use --auto-pad same-upper")]
    [InlineData("shape --input 4 --kernel 3 --framework keras --output-shape 4", "--output-shape 4, and Keras takes none: leave it out")]
    [InlineData("shape --input 4 --kernel 3 --framework jax --output-padding 1",
        "--output-padding 1, and JAX has none: add it to the end of its explicit padding")]
    [InlineData("shape --input 4 --kernel 3 --padding 9",
        "--padding: (input - 1)*stride - 2*padding + dilation*(kernel - 1) + outputPadding + 1 = (4 - 1)*1 - 2*9 + 1*(3 - 1) + 0 + 1 = "
            + "-12, and the output must be positive: use a smaller padding or a larger kernel")]
    [InlineData("shape --kernel 3",
        "--input is needed: Sizes of the input, outermost axis first: 85x85, or 100 for one axis; i for the equations in terms of i.")]
    [InlineData("shape --input 99999999999 --kernel 3",
        "--input: '99999999999' is out of range: whole numbers from -2147483648 to 2147483647 are taken")]
    [InlineData("shape --input 3.5 --kernel 3", "--input: '3.5' is not whole numbers joined by x, as 2 or 2x1")]
    [InlineData("shape --from 4 --to 99999999999",
        "--to: 99999999999 is out of range: whole numbers from -2147483648 to 2147483647 are taken")]
    [InlineData("shape --from 4 --to many", "--to: 'many' is not a whole number")]
    [InlineData("shape --input 4 --kernel 3 --channels 6", "--channels: '6' is not two whole numbers joined by a colon, as 64:32")]
    [InlineData("shape --input 4 --kernel 3 --groups 2", "--groups asks for --channels too, as 64:32")]
    [InlineData("shape --input 4 --kernel 3 --channels 6:4 --groups 4",
        "--groups: inputChannels % groups = 6 % 4 = 2, and must be 0: choose groups that divide both channel counts")]
    public void A_refusal_speaks_the_words_of_the_command_line(string line, string message)
    {
        ToolResult result = Tool.RunLine(line);
        Assert.Equal(2, result.Code);
        Assert.Equal($"upstride: {message}", result.Error.ReplaceLineEndings("\n").Split('\n')[0]);
    }

    [Fact]
    public void Channels_tell_parameters_operations_and_memory()
    {
        const string Line = "shape --input 32x32 --kernel 4 --stride 2 --padding 1 --channels 64:32 --groups 2";
        string text = Tool.RunLine(Line).Text();
        Assert.Contains("input [1, 64, 32, 32], weight [64, 16, 4, 4], groups 2 -> output [1, 32, 64, 64]", text, StringComparison.Ordinal);
        Assert.Contains(
            "16384 parameters (32 more with a bias), 33554432 FLOPs; float32: 262144 bytes of input, 65536 of weights, 524288 of output",
                text, StringComparison.Ordinal);
        System.Text.Json.JsonElement cost = Tool.RunLine(Line + " --json").Json().GetProperty("cost");
        Assert.Equal((16384, 32, 33554432),
            (cost.GetProperty("parameters").GetInt64(), cost.GetProperty("biasParameters").GetInt64(),
            cost.GetProperty("flops").GetInt64()));
    }

    [Fact]
    public void One_of_a_thing_is_not_many() =>
        Assert.Contains("(1 zero between neighbours)", Tool.RunLine("shape --input 4 --kernel 4 --stride 2").Text(),
        StringComparison.Ordinal);

    [Theory]
    [InlineData("conv-transpose2d", new[] { 3, 3, 2, 4 },
        "which for this input is TensorFlow's order, [kernel..., output channels, input channels]: give --framework tensorflow, or save "
            + "it as numpy.transpose(w, (3, 2, 0, 1))")]
    [InlineData("conv-transpose2d", new[] { 3, 3, 4, 2 },
        "which for this input is JAX's order, [kernel..., input channels, output channels]: give --framework jax, or save it as "
            + "numpy.transpose(w, (2, 3, 0, 1)), each kernel reversed")]
    [InlineData("conv2d", new[] { 3, 3, 4, 2 },
        "which for this input is TensorFlow's order, [kernel..., input channels, output channels]: save it as numpy.transpose(w, (3, 2, "
            + "0, 1))")]
    public void A_weight_in_another_frameworks_order_is_recognised(string name, int[] weight, string message)
    {
        using var folder = new TemporaryFolder();
        NpyFile.Write(folder.File("x.npy"), new([1, 4, 5, 6], new float[120]));
        NpyFile.Write(folder.File("w.npy"), new(weight, new float[72]));
        ToolResult result = Tool.Run("apply", name, "-i", folder.File("x.npy"), "-w", folder.File("w.npy"), "-o", folder.File("y.npy"));
        Assert.Equal((2, $"upstride: --weight: '{folder.File("w.npy")}' is [{string.Join(", ", weight)}], {message}"),
            (result.Code, result.Error.Trim()));
    }

    [Fact]
    public void Completion_scripts_name_what_may_be_typed()
    {
        foreach (string shell in (string[])["bash", "zsh", "fish", "pwsh"])
        {
            string script = Tool.Run("completion", shell).Text();
            foreach (string word in (string[])["conv-transpose2d", "output-padding", "same-upper", "inspect"])
                Assert.Contains(word, script, StringComparison.Ordinal);
        }
        Assert.Equal((2, "upstride: shell: there is no script for 'csh': choose one of bash, zsh, fish, pwsh"),
            (Tool.Run("completion", "csh").Code, Tool.Run("completion", "csh").Error.Trim()));
    }

    [Theory]
    [InlineData("[suggest:2]", "sh", "shape")]
    [InlineData("[suggest]", "apply conv-t", "conv-transpose1d conv-transpose2d conv-transpose3d")]
    [InlineData("[suggest:9]", "shape --o", "--output-padding --output-shape")]
    [InlineData("[suggest:22]", "apply resize --mode ne", "linear nearest")]
    [InlineData("[suggest:99]", "sh", "shape")]
    public void System_CommandLines_directive_completes(string directive, string line, string expected) =>
        Assert.Equal(expected.Split(' '), Tool.Run(directive, line).Text().Split((string[])["\r\n", "\n"],
            StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal).Where(word => word.Contains(
            line.Split(' ')[^1], StringComparison.Ordinal)));

    [Theory]
    [InlineData("sh", "shape")]
    [InlineData("apply conv-t", "conv-transpose2d conv-transpose1d conv-transpose3d")]
    [InlineData("shape --framework k", "keras")]
    [InlineData("shape --out", "--output-padding --output-shape")]
    [InlineData("apply resize --mode n", "nearest")]
    [InlineData("upscale photo.png --jso", "--json")]
    [InlineData("inspect --shapes ", "")]
    public async Task The_script_for_bash_completes(string line, string expected)
    {
        Assert.SkipUnless(File.Exists("/bin/bash"), "needs bash");
        using var folder = new TemporaryFolder();
        string script = Tool.Run("completion", "bash").Text();
        await File.WriteAllTextAsync(folder.File("ask"),
            $"{script}\nCOMP_WORDS=(upstride "
            + $"{string.Join(' ', line.Split(' ').Select(static word => $"'{word}'"))})\nCOMP_CWORD=$((${{#COMP_WORDS[@]}}-1))\n_upstride\necho \"${{COMPREPLY[*]}}\"\n", TestContext.Current.CancellationToken);
        using var bash =
            System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("/bin/bash", [folder.File("ask")])
            { RedirectStandardOutput = true })!;
        Assert.Equal(expected, (await bash.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken)).Trim());
    }
}
