using System.Text;
using System.Text.RegularExpressions;
using Upstride.Explain.Teaching;
using Upstride.Explorer.Services;
using Upstride.Files;

namespace Upstride.Explorer.Tests;

/// <summary>What is wrong with a damaged file is told in the page's language, with its names and numbers.</summary>
public partial class FaultTests
{
    private const int Damaged = 600;

    public static TheoryData<string> Files => ["decoder.onnx", "weights.safetensors", "kernel.npy"];

    [Theory]
    [MemberData(nameof(Files))]
    public async Task The_faults_of_damaged_files_are_told_in_Chinese(string name)
    {
        byte[] whole = Whole(name);
        var random = new Random(9);
        SortedSet<string> unknown = new(StringComparer.Ordinal);
        int refused = 0;
        for (int number = 0; number < Damaged; number++)
        {
            byte[] bytes = Damage(whole, name, random);
            if (await FaultAsync(name, bytes, Language.English) is not { } english) continue;
            refused++;
            string chinese = (await FaultAsync(name, bytes, Language.Chinese))!;
            if (!chinese.Any(static letter => letter > 0x2fff) || chinese.Contains("不受支持的内容", StringComparison.Ordinal)
                || Sentence().IsMatch(Unquoted(chinese)))
                unknown.Add($"{english}\n    {chinese}");
        }
        Assert.True(refused > Damaged / 20, $"only {refused} files were refused");
        Assert.True(unknown.Count == 0, $"{unknown.Count} of {refused}:\n{string.Join('\n', unknown.Take(60))}");
    }

    [Theory]
    [InlineData("it is cut short: shape [2, 2] of <f8 needs 32 bytes, and 5 follow the header",
        "文件被截断：形状 [2, 2] 的 <f8 需要 32 字节，而文件头之后只有 5 字节")]
    [InlineData("x.safetensors: tensor 'w': dtype = F99, and must be one of F32, F64",
        "x.safetensors：张量“w”：dtype = F99，应为以下之一：F32, F64")]
    [InlineData("node 'up' (ConvTranspose): the operator came with opset 11, and the model is of opset 9",
        "节点“up”（ConvTranspose）：该算子从 opset 11 起才有，而模型的 opset 为 9")]
    [InlineData("something of another kind about 'up' and 7 more", "文件已损坏，或含有不受支持的内容（'up'、7）")]
    public void A_fault_is_told_with_its_names_and_numbers(string english, string chinese)
    {
        Assert.Equal(english, Texts.Of(Language.English).Fault(english));
        Assert.Equal(chinese, Texts.Of(Language.Chinese).Fault(english));
    }

    private static async Task<string?> FaultAsync(string name, byte[] bytes, Language language)
    {
        try
        {
            await ModelFile.ReadAsync(name, bytes, 2, 8, Texts.Of(language), static _ => Task.CompletedTask, default);
            return null;
        }
        catch (InvalidDataException fault)
        {
            return fault.Message;
        }
    }

    private static byte[] Whole(string name)
    {
        if (name.EndsWith(".onnx", StringComparison.Ordinal))
            return File.ReadAllBytes(Path.Combine(SharedData.Checkout, "src", "Upstride.Explorer", "wwwroot", name));
        if (name.EndsWith(".npy", StringComparison.Ordinal))
        {
            using var npy = new MemoryStream();
            NpyFile.Write(npy, new([2, 2], (double[])[1, 2, 3, 4]));
            return npy.ToArray();
        }
        byte[] header = Encoding.UTF8.GetBytes(
            """{"up.weight":{"dtype":"F32","shape":[1,1,2,2],"data_offsets":[0,16]},"b":{"dtype":"F32","shape":[1],"data_offsets":[16,20]}}""");
        return [.. BitConverter.GetBytes((ulong)header.Length), .. header, .. new byte[20]];
    }

    // Cut short, lengthened, or with some bytes changed: near the beginning, where the structure is, and a letter or digit more often.
    private static byte[] Damage(byte[] whole, string name, Random random)
    {
        switch (random.Next(6))
        {
            case 0:
                return whole[..random.Next(name.EndsWith(".onnx", StringComparison.Ordinal) ? 1 : 10, whole.Length)];
            case 1 when !name.EndsWith(".onnx", StringComparison.Ordinal):
                return [.. whole, .. new byte[random.Next(1, 9)]];
        }
        byte[] bytes = [.. whole];
        for (int i = random.Next(1, 4); i > 0; i--)
        {
            int at = random.Next(3) == 0 ? random.Next(bytes.Length) : random.Next(Math.Min(bytes.Length, 600));
            bytes[at] = random.Next(3) == 0 ? (byte)random.Next(256) : (byte)("0123456789aAfF[]{},:\"".AsSpan()[random.Next(20)]);
        }
        return bytes;
    }

    // What the file calls things is no sentence of ours.
    private static string Unquoted(string text) => Quotes().Replace(text, "");

    [GeneratedRegex("“[^”]*”|'[^']*'")]
    private static partial Regex Quotes();

    [GeneratedRegex(@"\b[a-z]{3,} [a-z]{3,}\b")]
    private static partial Regex Sentence();
}
