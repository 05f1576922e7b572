using System.Buffers.Binary;
using System.Text;
using Upstride.Files;

namespace Upstride.Tests.Files;

public sealed class NpyFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("upstride-tests-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void An_array_refuses_another_type_and_another_number_of_elements()
    {
        Assert.StartsWith(
            "the elements are Char[], and must be float16, float32, float64, int8, int16, int32, int64, uint8, uint16, uint32, uint64, bool",
            Assert.Throws<ArgumentException>(() => new NpyArray([1], new char[1])).Message, StringComparison.Ordinal);
        Assert.StartsWith(
            "shape [2, 3] and 5 elements: the product of the shape must be the number of elements",
            Assert.Throws<ArgumentException>(() => new NpyArray([2, 3], new float[5])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new NpyArray([int.MaxValue, int.MaxValue, int.MaxValue, int.MaxValue], new int[1]));
        Assert.Equal("int64 [0, 2147483647, 2147483647]", new NpyArray([0, int.MaxValue, int.MaxValue], Array.Empty<long>()).ToString());
    }

    [Theory]
    [InlineData("<f4", 1)]
    [InlineData(">f4", 1)]
    [InlineData("=f4", 1)]
    [InlineData("<f8", 2)]
    [InlineData(">f8", 2)]
    [InlineData("<i4", 3)]
    [InlineData(">i4", 3)]
    [InlineData("<i8", 1)]
    [InlineData(">i8", 3)]
    [InlineData("<f2", 1)]
    [InlineData(">f2", 2)]
    [InlineData("|u1", 1)]
    [InlineData("|i1", 1)]
    [InlineData("<u1", 1)]
    [InlineData(">i2", 1)]
    [InlineData("<u2", 1)]
    [InlineData(">u4", 1)]
    [InlineData("<u8", 1)]
    public void Reads_every_type_byte_order_and_version(string descr, int version)
    {
        NpyArray array = Read(File(version, $"{{'descr': '{descr}', 'fortran_order': False, 'shape': (2, 3), }}", Elements(descr, [0, 1, 2, 3, 4, 5])));
        Assert.Equal([2, 3], array.Shape);
        Assert.Equal([0.0, 1, 2, 3, 4, 5], AsDoubles(array));
    }

    [Fact]
    public void Fortran_order_is_turned_into_row_major()
    {
        // Element [i, j, k] of shape [2, 3, 4] is 100 i + 10 j + k; the first index runs fastest in the file.
        var stored = new List<double>();
        for (int k = 0; k < 4; k++)
            for (int j = 0; j < 3; j++)
                for (int i = 0; i < 2; i++)
                    stored.Add(100 * i + 10 * j + k);
        NpyArray array = Read(File(1, "{'descr': '<f8', 'fortran_order': True, 'shape': (2, 3, 4), }", Elements("<f8", stored)));
        double[] values = AsDoubles(array);
        for (int i = 0; i < 2; i++)
            for (int j = 0; j < 3; j++)
                for (int k = 0; k < 4; k++)
                    Assert.Equal(100 * i + 10 * j + k, values[(i * 3 + j) * 4 + k]);
    }

    [Theory]
    [InlineData("{'shape': (), 'fortran_order': False, 'descr': '<f4'}", 1, new int[0])]
    [InlineData("{\"descr\": \"<f4\", \"fortran_order\": True, \"shape\": (3,)}\n", 3, new[] { 3 })]
    [InlineData("  { 'descr' : '<f4' , 'fortran_order' : False , 'shape' : ( 0 , 2000000000, 2000000000 ) , }", 0, new[] { 0, 2000000000, 2000000000 })]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (2L, 1L), }", 2, new[] { 2, 1 })]
    public void Reads_scalars_empty_arrays_and_python_two(string header, int count, int[] shape)
    {
        NpyArray array = Read(File(1, header, new byte[4 * count]));
        Assert.Equal(shape, array.Shape);
        Assert.Equal(count, array.Elements.Length);
    }

    [Theory]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (3), }", "the header has ')' at character 52 where ',' should stand")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", "the header has '-' at character 51 where a length should stand")]
    [InlineData("{'descr': '<f4', 'fortran_order': 0, 'shape': (1,), }", "the header has '0' at character 34 where True or False should stand")]
    [InlineData("{'descr': '<f4', 'shape': (1,), }", "the header has no fortran_order")]
    [InlineData("{'descr': '<f4', 'descr': '<f4', 'shape': (1,), }", "the header's key 'descr' is unknown or given twice: descr, fortran_order and shape are expected, once each")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'x': 1}", "the header's key 'x' is unknown or given twice: descr, fortran_order and shape are expected, once each")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), } import os", "the header has 'i' at character 58 where the header's end should stand")]
    [InlineData("{'descr': '<f4", "a string of the header has no end")]
    [InlineData("", "the header ends where '{' should stand")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }", "a length of 99999999999999999999 elements is more than 2147483647")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (2000000000, 2000000000, 2000000000, 2000000000, 2000000000), }", "shape [2000000000, 2000000000, 2000000000, 2000000000, 2000000000] of <f4 is more than 2147483591 bytes")]
    [InlineData("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", "its elements are '|O', and '<f2', '<f4', '<f8', '|i1', '<i2', '<i4', '<i8', '|u1', '<u2', '<u4', '<u8', '|b1' or the same with '>' can be read: convert it with astype")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (500000000,), }", "it is cut short: shape [500000000] of <f4 needs 2000000000 bytes, and 4 follow the header")]
    [InlineData("{'descr': '|f4', 'fortran_order': False, 'shape': (2,), }", "its elements are '|f4', and '<f2', '<f4', '<f8', '|i1', '<i2', '<i4', '<i8', '|u1', '<u2', '<u4', '<u8', '|b1' or the same with '>' can be read: convert it with astype")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (0,), }", "shape [0] of <f4 needs 0 bytes, and 4 follow the header")]
    public void Refuses_a_bad_header_with_its_fault(string header, string fault)
    {
        var error = Assert.Throws<NpyFormatException>(() => Read(File(1, header, new byte[4])));
        Assert.Equal($"'x.npy' is not a usable .npy file: {fault}", error.Message);
    }

    [Fact]
    public void Every_byte_of_a_truth_value_but_0_is_true() => Assert.Equal(
        [false, true, true, true], (bool[])Read(File(1, "{'descr': '|b1', 'fortran_order': False, 'shape': (4,), }", [0, 1, 2, 255])).Elements);

    [Fact]
    public void Refuses_a_deep_shape()
    {
        string header = $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({string.Join(',', Enumerable.Repeat(1, 65))}), }}";
        Assert.EndsWith("the shape has more than 64 axes", Assert.Throws<NpyFormatException>(() => Read(File(1, header, new byte[4]))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_truncation_is_an_error_that_names_the_file()
    {
        byte[] whole = File(2, "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", new byte[8]);
        for (int length = 0; length < whole.Length; length++)
        {
            byte[] part = whole[..length];
            Assert.StartsWith("'x.npy' is not", Assert.Throws<NpyFormatException>(() => Read(part)).Message, StringComparison.Ordinal);
            using var pipe = new Pipe(part);
            Assert.StartsWith("'x.npy' is not", Assert.Throws<NpyFormatException>(() => NpyFile.Read(pipe, "x.npy")).Message, StringComparison.Ordinal);
        }
        Assert.Equal([2], Read(whole).Shape);
    }

    [Theory]
    [InlineData("0123456789", "it does not begin with NumPy's mark \\x93NUMPY")]
    [InlineData("\u0093NUMPY\u0004\u0000", "its format is 4.0, and 1.0, 2.0 and 3.0 are known")]
    [InlineData("\u0093NUMPY\u0001\u0001", "its format is 1.1, and 1.0, 2.0 and 3.0 are known")]
    [InlineData("\u0093NUMPY\u0002\u0000\u00ff\u00ff\u00ff\u00ff", "its header claims 4294967295 bytes, more than 65536")]
    public void Refuses_what_is_no_npy_file(string text, string fault) =>
        Assert.Equal($"'x.npy' is not a usable .npy file: {fault}", Assert.Throws<NpyFormatException>(() => Read(Encoding.Latin1.GetBytes(text))).Message);

    [Fact]
    public void A_pipe_whose_header_lies_costs_no_memory()
    {
        using var pipe = new Pipe(File(1, "{'descr': '<f8', 'fortran_order': False, 'shape': (250000000,), }", new byte[64]));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<NpyFormatException>(() => NpyFile.Read(pipe, "x.npy"));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 32 << 20);
    }

    [Fact]
    public void A_pipe_longer_than_one_chunk_is_read_whole()
    {
        int[] values = [.. Enumerable.Range(0, 3_000_000)];
        using var memory = new MemoryStream();
        NpyFile.Write(memory, new([values.Length], values));
        using var pipe = new Pipe(memory.ToArray());
        Assert.Equal(values, NpyFile.Read(pipe, "x.npy").Elements);
    }

    [Fact]
    public void What_is_written_is_numpys_own_layout()
    {
        using var memory = new MemoryStream();
        NpyFile.Write(memory, new([1, 2], new[] { 1f, -2f }));
        byte[] bytes = memory.ToArray();
        byte[] header = bytes[..^8];
        Assert.Equal(128, header.Length);
        Assert.Equal("\u0093NUMPY\u0001\u0000\u0076\u0000{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }".PadRight(127) + "\n", Encoding.Latin1.GetString(header));
        Assert.Equal([0, 0, 128, 63, 0, 0, 0, 192], bytes[^8..]);
    }

    [Fact]
    public void What_is_written_is_read_back()
    {
        foreach (Array elements in new Array[] { new[] { 1f, float.NaN }, new[] { 1.5, double.NegativeInfinity }, new[] { int.MinValue, 7 }, new[] { long.MaxValue, -1 }, new[] { Half.MaxValue, Half.NaN }, new byte[] { 255, 1 }, new sbyte[] { -128, 1 }, new short[] { -7, 7 }, new ushort[] { 65535, 7 }, new uint[] { uint.MaxValue, 7 }, new ulong[] { ulong.MaxValue, 7 }, new[] { true, false } })
        {
            string path = At("x.npy");
            NpyFile.Write(path, new([2, 1, 1], elements));
            NpyArray read = NpyFile.Read(path);
            Assert.Equal([2, 1, 1], read.Shape);
            Assert.Equal(elements, read.Elements);
        }
        Assert.Single(Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public void A_cancelled_write_leaves_the_old_file_and_nothing_else()
    {
        string path = At("x.npy");
        NpyFile.Write(path, new([1], new[] { 1f }));
        using var cancellation = new CancellationTokenSource();
        cancellation.Cancel();
        Assert.Throws<OperationCanceledException>(() => NpyFile.Write(path, new([1], new[] { 2f }), cancellation.Token));
        Assert.Equal([1f], (float[])NpyFile.Read(path).Elements);
        Assert.Single(Directory.GetFileSystemEntries(_folder));
    }

    private string At(string name) => Path.Combine(_folder, name);

    private static NpyArray Read(byte[] file) => NpyFile.Read(new MemoryStream(file), "x.npy");

    private static byte[] File(int version, string header, byte[] elements)
    {
        byte[] text = Encoding.UTF8.GetBytes(header);
        var length = new byte[version == 1 ? 2 : 4];
        if (version == 1) BinaryPrimitives.WriteUInt16LittleEndian(length, (ushort)text.Length);
        else BinaryPrimitives.WriteUInt32LittleEndian(length, (uint)text.Length);
        return [0x93, .. "NUMPY"u8, (byte)version, 0, .. length, .. text, .. elements];
    }

    private static byte[] Elements(string descr, IEnumerable<double> values)
    {
        IEnumerable<byte> Bytes(double value)
        {
            byte[] bytes = descr[1..] switch
            {
                "f2" => BitConverter.GetBytes((Half)value),
                "f4" => BitConverter.GetBytes((float)value),
                "f8" => BitConverter.GetBytes(value),
                "i1" or "u1" => [(byte)value],
                "i2" or "u2" => BitConverter.GetBytes((short)value),
                "i4" or "u4" => BitConverter.GetBytes((int)value),
                _ => BitConverter.GetBytes((long)value),
            };
            return descr[0] == '>' ? bytes.Reverse() : bytes;
        }
        return [.. values.SelectMany(Bytes)];
    }

    private static double[] AsDoubles(NpyArray array) => array.ToDoubles();

    private sealed class Pipe(byte[] content) : MemoryStream(content)
    {
        public override bool CanSeek => false;
    }
}
