using System.Text;
using Upstride.Learning.Randomness;
using Upstride.Learning.Saving;

namespace Upstride.Learning.Tests.Saving;

public class HostileSafetensorsTests
{
    private const string Types = "BOOL, U8, I8, U16, I16, F16, BF16, U32, I32, F32, U64, I64, F64";

    [Theory]
    [InlineData("""[]""", "the header is StartArray, and must be an object")]
    [InlineData("""{"x":3}""", "tensor 'x': its entry is Number, and must be an object")]
    [InlineData("""{"x":{"shape":[1],"data_offsets":[0,4]}}""", "tensor 'x': dtype is missing")]
    [InlineData("""{"x":{"dtype":"F32","data_offsets":[0,4]}}""", "tensor 'x': shape is missing")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1]}}""", "tensor 'x': data_offsets is missing")]
    [InlineData("""{"x":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}}""", $"tensor 'x': dtype = F31, and must be one of {Types}")]
    [InlineData("""{"x":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "tensor 'x': dtype stands twice")]
    [InlineData("""{"x":{"dtype":7,"shape":[1],"data_offsets":[0,4]}}""", "tensor 'x': dtype is Number, and must be a text")]
    [InlineData("""{"x":{"dtype":"F32","shape":1,"data_offsets":[0,4]}}""", "tensor 'x': shape is Number, and must be an array")]
    [InlineData("""{"x":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}}""",
        "tensor 'x': shape is String, and must be an array of numbers")]
    [InlineData("""{"x":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""",
        "tensor 'x': shape holds -1, and its numbers must be integers from 0 to 9223372036854775807")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}""",
        "tensor 'x': shape holds 1.5, and its numbers must be integers from 0 to 9223372036854775807")]
    [InlineData("""{"x":{"dtype":"F32","shape":[9223372036854775808],"data_offsets":[0,4]}}""",
        "tensor 'x': shape holds 9223372036854775808, and its numbers must be integers from 0 to 9223372036854775807")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0]}}""", "tensor 'x': data_offsets = [0], and must be [begin, end]")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}""",
        "tensor 'x': data_offsets = [4, 0], and must not end before they begin")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,5]}}""",
        "tensor 'x': data_offsets = [0, 5], and the file has only 4 bytes of data")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""",
        "tensor 'x': shape [2] of F32 takes 8 bytes, and data_offsets = [0, 4] hold 4")]
    [InlineData("""{"x":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,4]}}""",
        "tensor 'x': shape [4611686018427387904, 4] of F32 takes more than 9223372036854775807 bytes")]
    [InlineData("""{"x":{"dtype":"F16","shape":[1],"data_offsets":[0,2]},"y":{"dtype":"F16","shape":[1],"data_offsets":[0,2]}}""",
        "tensor 'y': its data_offsets begin at 0 and overlap: they must begin at 2, where 'x' ends")]
    [InlineData("""{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"y":{"dtype":"F16","shape":[1],"data_offsets":[2,4]}}""",
        "tensor 'y': its data_offsets begin at 2 and leave a gap: they must begin at 1, where 'x' ends")]
    [InlineData("""{"x":{"dtype":"F16","shape":[1],"data_offsets":[2,4]}}""",
        "tensor 'x': its data_offsets begin at 2 and leave a gap: they must begin at 0, where the data begins")]
    [InlineData("""{"x":{"dtype":"F16","shape":[1],"data_offsets":[0,2]}}""", "the tensors take 2 bytes of data, and the file has 4")]
    [InlineData("""{}""", "the tensors take 0 bytes of data, and the file has 4")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""",
        "tensor 'x': the name stands twice")]
    [InlineData("""{"__metadata__":{},"__metadata__":{}}""", "__metadata__ stands twice")]
    [InlineData("""{"__metadata__":{"a":"","a":""}}""", "__metadata__ 'a' stands twice")]
    [InlineData("""{"__metadata__":{"a":1}}""", "__metadata__ 'a' is Number, and must be a text")]
    [InlineData("""{"__metadata__":[]}""", "__metadata__ is StartArray, and must be an object")]
    public void A_header_that_lies_is_refused(string header, string fault) =>
        Assert.Equal($"bad: {fault}", Fault(SafetensorsBytes.File(header, 0, 0, 0, 0)));

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}} {}""")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4],}}""")]
    [InlineData("""{"\ud800":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"deep":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[""")]
    public void A_header_that_is_no_JSON_is_refused(string header) =>
        Assert.Contains("the header is no valid JSON", Fault(SafetensorsBytes.File(header, 0, 0, 0, 0)), StringComparison.Ordinal);

    [Fact]
    public void Text_that_is_no_UTF8_is_refused()
    {
        byte[] header = Encoding.Latin1.GetBytes("""{"ÿ":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""");
        Assert.Contains("the header is no valid JSON", Fault(SafetensorsBytes.File((ulong)header.Length, header, [0, 0, 0, 0])),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_length_of_the_header_that_lies_is_refused_before_anything_is_allocated()
    {
        Assert.Equal("bad: it has 7 bytes, and must have at least 8: the header's length comes first", Fault(new byte[7]));
        Assert.Equal("bad: the header's length = 3, and the file has only 2 bytes after it",
            Fault(SafetensorsBytes.File(3, [], [123, 125])));
        Assert.Equal("bad: the header's length = 99999999, and the file has only 2 bytes after it",
            Fault(SafetensorsBytes.File(99_999_999, [], [123, 125])));
        Assert.Equal(
            "bad: the header's length = 18446744073709551615, and must be at most 100000000: it is no safetensors file, or damaged",
            Fault(SafetensorsBytes.File(ulong.MaxValue, [], [123, 125])));
    }

    [Fact]
    public void A_name_of_megabytes_is_not_repeated_in_the_message()
    {
        string fault = Fault(SafetensorsBytes.File($"{{\"{new string('n', 1 << 20)}\":{{}}}}"));
        Assert.Equal($"bad: tensor '{new string('n', 200)}...': dtype is missing", fault);
        Assert.Equal("bad: tensor 'a?b': dtype is missing", Fault(SafetensorsBytes.File("""{"a\nb":{}}""")));
    }

    [Fact]
    public void Unknown_entries_are_passed_over_as_the_reference_does()
    {
        using var reader =
            new SafetensorsReader(
            new MemoryStream(SafetensorsBytes.File("""{"x":{"more":{"a":[1]},"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 7)), "x");
        Assert.Equal([7], reader.Read<byte>("x"));
    }

    // Every file is either read, all of it, or refused by the one exception.
    [Fact]
    public void No_mutation_of_a_file_does_any_harm()
    {
        byte[] valid = SafetensorsBytes.File(
            """{"__metadata__":{"format":"pt"},"weight":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"bias":{"dtype":"I16","shape":[],"data_offsets":[8,10]},"é":{"dtype":"BF16","shape":[1,3],"data_offsets":[10,16]}}""",
            0, 0, 128, 63, 0, 0, 32, 192, 254, 255, 1, 2, 3, 4, 5, 6);
        var random = new RandomSource(1);
        byte[] favourites = Encoding.UTF8.GetBytes("""{}[]":,0189-.eE\uFIBnt """);
        int refused = 0;
        for (int i = 0; i < 20_000; i++)
        {
            var file = new List<byte>(valid);
            for (int changes = 1 + random.NextInt(4); changes > 0; changes--)
            {
                int place = random.NextInt(Math.Max(1, file.Count));
                if (file.Count == 0) break;
                switch (random.NextInt(6))
                {
                    case 0: file[place] = (byte)random.NextInt(256); break;
                    case 1: file[place] = favourites[random.NextInt(favourites.Length)]; break;
                    case 2: file[place] ^= (byte)(1 << random.NextInt(8)); break;
                    case 3: file.RemoveRange(place, Math.Min(file.Count - place, 1 + random.NextInt(12))); break;
                    case 4: file.InsertRange(place, file.Skip(random.NextInt(file.Count)).Take(random.NextInt(12)).ToArray()); break;
                    default: file[random.NextInt(Math.Min(8, file.Count))] = (byte)random.NextInt(256); break;
                }
            }
            try
            {
                using var reader = new SafetensorsReader(new MemoryStream([.. file]), "mutated");
                foreach (SafetensorsTensor tensor in reader.Tensors) Assert.Equal(tensor.Length, reader.Read<double>(tensor.Name).Length);
            }
            catch (SafetensorsException)
            {
                refused++;
            }
        }
        Assert.InRange(refused, 10_000, 19_999);
    }

    private static string Fault(byte[] file) =>
        Assert.Throws<SafetensorsException>(() => new SafetensorsReader(new MemoryStream(file), "bad")).Message;

    [Fact]
    public void Settings_limit_what_is_read()
    {
        var writer = new SafetensorsWriter();
        writer.Add("x", [6], (ReadOnlyMemory<float>)new float[6]);
        var stream = new MemoryStream();
        writer.Write(stream);
        byte[] file = stream.ToArray();
        string Refused(SafetensorsReadSettings settings) =>
            Assert.Throws<SafetensorsException>(() => new SafetensorsReader(new MemoryStream(file), "x", settings)).Message;

        Assert.EndsWith("its tensors take 24 bytes, and settings.MaximalTensorBytes = 23: allow more",
            Refused(new() { MaximalTensorBytes = 23 }), StringComparison.Ordinal);
        Assert.Contains("and must be at most 10: it is no safetensors file, or damaged", Refused(new() { MaximalHeaderBytes = 10 }),
            StringComparison.Ordinal);
        using var reader = new SafetensorsReader(new MemoryStream(file), "x", new() { MaximalTensorBytes = 24 });
        Assert.Equal(new float[6], reader.Read<float>("x"));
        Assert.Throws<ArgumentOutOfRangeException>(static () => new SafetensorsReadSettings { MaximalTensorBytes = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(static () => new SafetensorsReadSettings { MaximalHeaderBytes = 1 });
    }
}
