using System.Text;
using Upstride.Learning.Saving;

namespace Upstride.Learning.Tests.Saving;

public sealed class SafetensorsFormatTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("upstride-tests-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_file_written_by_hand_is_read()
    {
        byte[] file = SafetensorsBytes.File(
            """{"__metadata__":{"format":"pt"},"b":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"a":{"dtype":"I16","shape":[],"data_offsets":[8,10]}, "none":{"dtype":"F64","shape":[0,9],"data_offsets":[10,10]}}  """,
            0x00, 0x00, 0x80, 0x3F, 0x00, 0x00, 0x20, 0xC0, 0xFE, 0xFF);
        using var reader = new SafetensorsReader(new MemoryStream(file), "hand");
        Assert.Equal(["b", "a", "none"], reader.Tensors.Select(static one => one.Name));
        Assert.Equal([2, 1], reader.Find("b")!.Shape);
        Assert.Equal((SafetensorsType.F32, 0L, 8L, 2L),
            (reader.Find("b")!.Type, reader.Find("b")!.Offset, reader.Find("b")!.ByteLength, reader.Find("b")!.Length));
        Assert.Equal([1f, -2.5f], reader.Read<float>("b"));
        Assert.Equal([(short)-2], reader.Read<short>("a"));
        Assert.Empty(reader.Find("a")!.Shape);
        Assert.Empty(reader.Read<double>("none"));
        Assert.Equal("pt", Assert.Single(reader.Metadata).Value);
        Assert.Null(reader.Find("c"));
    }

    [Fact]
    public void The_bytes_are_those_of_the_format()
    {
        var writer = new SafetensorsWriter();
        writer.Add<byte>("z", [3], new byte[] { 1, 2, 3 });
        writer.Add<float>("a é\"", [1, 2], new[] { 1f, -2.5f });
        writer.Add<long>("n", [], new[] { -2L });
        writer.Metadata["made by"] = "hand";
        string header =
            """{"__metadata__":{"made by":"hand"},"n":{"dtype":"I64","shape":[],"data_offsets":[0,8]},"a é\"":{"dtype":"F32","shape":[1,2],"data_offsets":[8,16]},"z":{"dtype":"U8","shape":[3],"data_offsets":[16,19]}}""";
        header += new string(' ', (8 - Encoding.UTF8.GetByteCount(header) % 8) % 8);
        byte[] expected = SafetensorsBytes.File(
            header,
            0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x80, 0x3F, 0x00, 0x00, 0x20, 0xC0, 1, 2, 3);
        Assert.Equal(expected, Bytes(writer));
    }

    [Fact]
    public void The_order_of_adding_does_not_matter()
    {
        var one = new SafetensorsWriter();
        one.Add<float>("a", [1], new[] { 1f });
        one.Add<float>("b", [1], new[] { 2f });
        one.Add<double>("c", [1], new[] { 3.0 });
        var other = new SafetensorsWriter();
        other.Add<double>("c", [1], new[] { 3.0 });
        other.Add<float>("b", [1], new[] { 2f });
        other.Add<float>("a", [1], new[] { 1f });
        Assert.Equal(Bytes(one), Bytes(other));
    }

    [Fact]
    public void Every_type_comes_back_bit_for_bit()
    {
        var writer = new SafetensorsWriter();
        writer.Add<float>("F32", [3], new[] { float.NaN, -0f, float.Epsilon });
        writer.Add<double>("F64", [3], new[] { double.NegativeInfinity, -0.0, double.Epsilon });
        writer.Add<Half>("F16", [2], new[] { Half.MaxValue, Half.Epsilon });
        writer.Add<byte>("U8", [2], new byte[] { 0, 255 });
        writer.Add<sbyte>("I8", [2], new sbyte[] { -128, 127 });
        writer.Add<ushort>("U16", [2], new ushort[] { 0, ushort.MaxValue });
        writer.Add<short>("I16", [2], new[] { short.MinValue, short.MaxValue });
        writer.Add<uint>("U32", [2], new uint[] { 0, uint.MaxValue });
        writer.Add<int>("I32", [2], new[] { int.MinValue, int.MaxValue });
        writer.Add<ulong>("U64", [2], new ulong[] { 0, ulong.MaxValue });
        writer.Add<long>("I64", [2], new[] { long.MinValue, long.MaxValue });
        using var reader = new SafetensorsReader(new MemoryStream(Bytes(writer)), "all");
        Assert.All(reader.Tensors, static one => Assert.Equal(one.Name, one.Type.ToString()));
        Assert.Equal([float.NaN, -0f, float.Epsilon], reader.Read<float>("F32"));
        Assert.True(float.IsNegative(reader.Read<float>("F32")[1]));
        Assert.Equal([double.NegativeInfinity, -0.0, double.Epsilon], reader.Read<double>("F64"));
        Assert.Equal([Half.MaxValue, Half.Epsilon], reader.Read<Half>("F16"));
        Assert.Equal([0, 255], reader.Read<byte>("U8"));
        Assert.Equal([-128, 127], reader.Read<sbyte>("I8"));
        Assert.Equal([0, ushort.MaxValue], reader.Read<ushort>("U16"));
        Assert.Equal([short.MinValue, short.MaxValue], reader.Read<short>("I16"));
        Assert.Equal([0, uint.MaxValue], reader.Read<uint>("U32"));
        Assert.Equal([int.MinValue, int.MaxValue], reader.Read<int>("I32"));
        Assert.Equal([0, ulong.MaxValue], reader.Read<ulong>("U64"));
        Assert.Equal([long.MinValue, long.MaxValue], reader.Read<long>("I64"));
    }

    [Theory]
    [InlineData("F16", new byte[] { 0x00, 0x3E, 0x00, 0xFC }, new[] { 1.5, double.NegativeInfinity })]
    [InlineData("BF16", new byte[] { 0xC0, 0x3F, 0x80, 0xFF }, new[] { 1.5, double.NegativeInfinity })]
    [InlineData("F64", new byte[] { 0, 0, 0, 0, 0, 0, 0xF8, 0x3F }, new[] { 1.5 })]
    [InlineData("BOOL", new byte[] { 0, 1 }, new[] { 0.0, 1 })]
    [InlineData("U8", new byte[] { 3, 200 }, new[] { 3.0, 200 })]
    [InlineData("I8", new byte[] { 3, 200 }, new[] { 3.0, -56 })]
    [InlineData("U16", new byte[] { 0, 0x80 }, new[] { 32768.0 })]
    [InlineData("I32", new byte[] { 0xFF, 0xFF, 0xFF, 0xFF }, new[] { -1.0 })]
    [InlineData("U32", new byte[] { 0, 0, 0, 0x80 }, new[] { 2147483648.0 })]
    [InlineData("U64", new byte[] { 0, 0, 0, 0, 0, 0, 0, 0x80 }, new[] { 9223372036854775808.0 })]
    public void Stored_types_are_converted(string type, byte[] data, double[] expected)
    {
        byte[] file =
            SafetensorsBytes.File(
            $$$"""{"x":{"dtype":"{{{type}}}","shape":[{{{expected.Length}}}],"data_offsets":[0,{{{data.Length}}}]}}""", data);
        using var reader = new SafetensorsReader(new MemoryStream(file), "x");
        Assert.Equal(expected, reader.Read<double>("x"));
        Assert.Equal(expected.Select(static value => (float)value), reader.Read<float>("x"));
    }

    [Fact]
    public void What_cannot_be_converted_is_refused_by_name()
    {
        byte[] file =
            SafetensorsBytes.File(
            """{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"n":{"dtype":"I16","shape":[2],"data_offsets":[4,8]}}""", 0, 0, 0, 0,
                1, 0, 0, 1);
        using var reader = new SafetensorsReader(new MemoryStream(file), "f");
        Assert.Equal("f: tensor 'x': it stores F32, and Int32 cannot hold that: read it as a floating-point type",
            Fault(() => reader.Read<int>("x")));
        Assert.Equal("f: tensor 'n': it stores I16 with a number that Byte cannot hold", Fault(() => reader.Read<byte>("n")));
        Assert.Equal([1, 256], reader.Read<int>("n"));
        Assert.Equal("f: tensor 'm': no tensor has that name", Fault(() => reader.Read<int>("m")));
        Assert.Equal("f: tensor 'n': shape [2] has 2 elements, and destination 3: both must be equal",
            Fault(() => reader.Read("n", new float[3].AsSpan())));
        Assert.Equal("Decimal is no element type of safetensors: use float, double, Half or an integer of 8 to 64 bits",
            Assert.Throws<NotSupportedException>(() => reader.Read<decimal>("x")).Message);
    }

    // More than one chunk of every size of element, and a length that no chunk divides.
    [Fact]
    public void Large_tensors_come_in_chunks()
    {
        float[] values = [.. Enumerable.Range(0, 100_003).Select(static i => i * 0.5f)];
        var writer = new SafetensorsWriter();
        writer.Add<float>("x", [100_003], values);
        using var reader = new SafetensorsReader(new MemoryStream(Bytes(writer)), "x");
        Assert.Equal(values, reader.Read<float>("x"));
        Assert.Equal(values.Select(static value => (double)value), reader.Read<double>("x"));
    }

    [Fact]
    public void A_file_in_the_middle_of_a_stream_is_read_from_where_the_stream_stands()
    {
        var writer = new SafetensorsWriter();
        writer.Add<float>("x", [1], new[] { 4f });
        var stream = new MemoryStream([9, 9, 9, .. Bytes(writer)]) { Position = 3 };
        using var reader = new SafetensorsReader(stream, "x");
        Assert.Equal([4f], reader.Read<float>("x"));
    }

    [Fact]
    public void A_file_is_written_whole_or_not_at_all()
    {
        string path = Path.Combine(_folder, "w.safetensors");
        var first = new SafetensorsWriter();
        first.Add<float>("x", [1], new[] { 4f });
        first.Write(path);
        using var cancellation = new CancellationTokenSource();
        cancellation.Cancel();
        var second = new SafetensorsWriter();
        second.Add<float>("x", [1], new[] { 5f });
        Assert.Throws<OperationCanceledException>(() => second.Write(path, cancellation.Token));
        using (SafetensorsReader reader = SafetensorsReader.Open(path)) Assert.Equal([4f], reader.Read<float>("x"));
        second.Write(path);
        using (SafetensorsReader reader = SafetensorsReader.Open(path)) Assert.Equal([5f], reader.Read<float>("x"));
        Assert.Single(Directory.GetFiles(_folder));
    }

    [Fact]
    public void Impossible_tensors_are_not_added()
    {
        var writer = new SafetensorsWriter();
        writer.Add<float>("x", [1], new[] { 4f });
        Assert.StartsWith("name = x, which was added before: names must differ",
            Assert.Throws<ArgumentException>(() => writer.Add<float>("x", [1], new[] { 4f })).Message, StringComparison.Ordinal);
        Assert.StartsWith("name = __metadata__, which the format reserves: choose another",
            Assert.Throws<ArgumentException>(() => writer.Add<float>("__metadata__", [1], new[] { 4f })).Message, StringComparison.Ordinal);
        Assert.StartsWith("shape [2, 3] has 6 elements, and elements 5: both must be equal",
            Assert.Throws<ArgumentException>(() => writer.Add<float>("y", [2, 3], new float[5])).Message, StringComparison.Ordinal);
        Assert.Throws<NotSupportedException>(() => writer.Add<decimal>("y", [1], new decimal[1]));
    }

    private static byte[] Bytes(SafetensorsWriter writer)
    {
        var stream = new MemoryStream();
        writer.Write(stream);
        return stream.ToArray();
    }

    private static string Fault(Action action) => Assert.Throws<SafetensorsException>(action).Message;
}
