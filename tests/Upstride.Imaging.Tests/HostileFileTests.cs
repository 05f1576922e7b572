using System.Buffers.Binary;
using System.Text;

namespace Upstride.Imaging.Tests;

public class HostileFileTests
{
    private static readonly ImageReadSettings s_ours = new() { AllowFfmpeg = false };

    private static void AssertFault(string fault, byte[] file, ImageReadSettings? settings = null)
    {
        var e = Assert.Throws<ImageFormatException>(() => ImageFile.Read(new MemoryStream(file), "bad.img", settings ?? s_ours));
        Assert.Equal(fault, e.Fault);
        Assert.Equal("bad.img: " + fault, e.Message);
        Assert.Equal("bad.img", e.FileName);
    }

    private static byte[] Png(int width = 5, int height = 4, int colorType = 2, int depth = 8) =>
        new PngBuilder { Width = width, Height = height, ColorType = colorType, Depth = depth, Seed = 1 }.Make().File;

    /// <summary>A PNG file of the given chunks, all check sums right.</summary>
    private static byte[] Chunks(params (string Type, byte[] Data)[] chunks)
    {
        using var file = new MemoryStream();
        file.Write([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]);
        foreach ((string type, byte[] data) in chunks) PngBuilder.WriteChunk(file, type, data);
        return file.ToArray();
    }

    private static (string, byte[]) Header(uint width, uint height, byte depth, byte colorType, byte compression = 0, byte filter = 0,
        byte interlace = 0)
    {
        byte[] data = new byte[13];
        BinaryPrimitives.WriteUInt32BigEndian(data, width);
        BinaryPrimitives.WriteUInt32BigEndian(data.AsSpan(4), height);
        (data[8], data[9], data[10], data[11], data[12]) = (depth, colorType, compression, filter, interlace);
        return ("IHDR", data);
    }

    private static (string, byte[]) Data(params byte[] rows) => ("IDAT", PngBuilder.Compress(rows));

    private static readonly (string, byte[]) end = ("IEND", []);

    [Fact]
    public void Files_that_are_no_pictures()
    {
        AssertFault("the file is empty", []);
        AssertFault("the format is not one of PNG, JPEG, WebP, GIF, TIFF, BMP, TGA, PBM, PGM, PPM and PFM (it starts with 0x48656C6C)",
            "Hello"u8.ToArray());
        AssertFault("the format is not one of PNG, JPEG, WebP, GIF, TIFF, BMP, TGA, PBM, PGM, PPM and PFM (it starts with 0x50)",
            "P"u8.ToArray());
    }

    [Fact]
    public void A_png_file_cut_anywhere_is_refused()
    {
        byte[] file = Png();
        for (int length = 0; length < file.Length; length++)
            Assert.Throws<ImageFormatException>(() => Pictures.Read(file[..length]));
        AssertFault("truncated: the file ends 0 bytes into the head of the chunk after IDAT of 8 bytes", file[..^12]);
        AssertFault("truncated: the file ends 10 bytes into the 13 bytes of chunk IHDR", file[..26]);
    }

    [Fact]
    public void A_png_file_with_any_bit_wrong_is_refused_or_unharmed()
    {
        byte[] file = Png();
        for (int i = 0; i < file.Length; i++)
        {
            byte[] bad = [.. file];
            bad[i] ^= 4;
            Assert.Throws<ImageFormatException>(() => Pictures.Read(bad)); // every byte is under a check sum or fixed
        }
    }

    [Fact]
    public void Faults_of_png_files_are_named()
    {
        byte[] text = Png();
        text[4] = (byte)'\n';
        AssertFault("its PNG signature is 0x89504E470A0A1A0A, not 0x89504E470D0A1A0A: damaged, perhaps by a transfer as text", text);
        byte[] damaged = Png();
        damaged[16] ^= 1;
        Assert.Contains("chunk IHDR is damaged: its check sum is 0x",
            Assert.Throws<ImageFormatException>(() => Pictures.Read(damaged)).Fault, StringComparison.Ordinal);

        AssertFault("the first chunk is IDAT, not IHDR", Chunks(Data(0, 0)));
        AssertFault("chunk IHDR is 12 bytes long; 13 are expected", Chunks(("IHDR", new byte[12])));
        AssertFault("its header gives a size of 0 x 1 pixels; both must be 1 to 2147483647", Chunks(Header(0, 1, 8, 0)));
        AssertFault("its header gives a size of 4294967295 x 1 pixels; both must be 1 to 2147483647",
            Chunks(Header(uint.MaxValue, 1, 8, 0)));
        AssertFault("colour type 2 with 4 bits a sample is not a form of PNG", Chunks(Header(1, 1, 4, 2)));
        AssertFault("colour type 5 with 8 bits a sample is not a form of PNG", Chunks(Header(1, 1, 8, 5)));
        AssertFault("compression method 1 is unknown; 0 is expected", Chunks(Header(1, 1, 8, 0, compression: 1)));
        AssertFault("filter method 3 is unknown; 0 is expected", Chunks(Header(1, 1, 8, 0, filter: 3)));
        AssertFault("interlace method 2 is unknown; 0 or 1 is expected", Chunks(Header(1, 1, 8, 0, interlace: 2)));
        AssertFault("colour type 3 needs a PLTE chunk before the image data", Chunks(Header(1, 1, 8, 3), Data(0, 0), end));
        AssertFault("its palette is 4 bytes long, not a multiple of 3", Chunks(Header(1, 1, 8, 3), ("PLTE", new byte[4])));
        AssertFault("chunk PLTE is 769 bytes long; 3 to 768 are expected", Chunks(Header(1, 1, 8, 3), ("PLTE", new byte[769])));
        AssertFault("a PLTE chunk does not go with colour type 0", Chunks(Header(1, 1, 8, 0), ("PLTE", new byte[3])));
        AssertFault("its tRNS chunk precedes the palette", Chunks(Header(1, 1, 8, 3), ("tRNS", new byte[1])));
        AssertFault("a tRNS chunk does not go with colour type 6", Chunks(Header(1, 1, 8, 6), ("tRNS", new byte[1])));
        AssertFault("chunk tRNS is 2 bytes long; 6 are expected", Chunks(Header(1, 1, 8, 2), ("tRNS", new byte[2])));
        AssertFault("chunk IEND precedes the image data; it is unknown or misplaced there", Chunks(Header(1, 1, 8, 0), end));
        AssertFault("chunk NEWS precedes the image data; it is unknown or misplaced there",
            Chunks(Header(1, 1, 8, 0), ("NEWS", []), Data(0, 0), end));
        AssertFault("chunk PLTE follows the image data; it is unknown or misplaced there",
            Chunks(Header(1, 1, 8, 0), Data(0, 0), ("PLTE", new byte[3]), end));
        AssertFault("a pixel names palette entry 1; the palette has 1 entry",
            Chunks(Header(1, 1, 8, 3), ("PLTE", new byte[3]), Data(0, 1), end));
        AssertFault("row 1 has filter 5; 0 to 4 are legal", Chunks(Header(1, 2, 8, 0), Data(0, 0, 5, 0), end));
        AssertFault("truncated: the image data ends in row 1 of 2", Chunks(Header(1, 2, 8, 0), Data(0, 0), end));
        AssertFault("the chunk after IHDR has no valid type: 0x3132202E", Chunks(Header(1, 1, 8, 0), ("12 .", [])));
        byte[] long4 = Chunks(Header(1, 1, 8, 0), ("tEXt", []));
        long4[33] = 0x80;
        AssertFault("chunk tEXt says it is 2147483648 bytes long; at most 2147483647 is legal", long4);
        (string, byte[]) noZlib = ("IDAT", [1, 2, 3, 4, 5, 6]);
        Assert.StartsWith("its image data is damaged at row 0: ", Assert.Throws<ImageFormatException>(
            () => Pictures.Read(Chunks(Header(1, 1, 8, 0), noZlib, end))).Fault, StringComparison.Ordinal);
        byte[] sum = PngBuilder.Compress([0, 0]);
        sum[^1] ^= 1; // the check sum of the decompressed data
        Assert.StartsWith("its image data is damaged at row 0: ", Assert.Throws<ImageFormatException>(
            () => Pictures.Read(Chunks(Header(1, 1, 8, 0), ("IDAT", sum), end))).Fault, StringComparison.Ordinal);
    }

    [Fact]
    public void More_pixels_in_the_data_than_in_the_header_are_ignored() =>
        Assert.Equal([7], Pictures.Read(Chunks(Header(1, 1, 8, 0), Data(0, 7, 0, 8, 0, 9), end)).Bytes.ToArray());

    [Fact]
    public void Headers_that_promise_more_than_the_limit_or_the_file_are_refused_before_memory_is_taken()
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        AssertFault("its header gives 100000 x 100000 = 10000000000 pixels, above the limit of 200000000 (MaxPixels)",
            Chunks(Header(100_000, 100_000, 16, 6), Data(0), end));
        AssertFault("its header gives 5 x 4 = 20 pixels, above the limit of 19 (MaxPixels)", Png(), s_ours with { MaxPixels = 19 });
        byte[] lie = Chunks(Header(10_000, 10_000, 8, 2), Data(0, 0), end);
        int left = lie.Length - 41; // after the signature, IHDR and the head of IDAT
        AssertFault($"truncated, or its header lies: 10000 x 10000 pixels take 300010000 bytes, and the {left} bytes left in the file "
            + $"hold at most {left * 1032}", lie);
        AssertFault("its 2000000000 x 1 pixels of 8 bytes take 16000000000 bytes, more than one picture can hold (2147483591)",
            Chunks(Header(2_000_000_000, 1, 16, 6), Data(0), end), s_ours with { MaxPixels = long.MaxValue });

        AssertFault("truncated: 10000 x 10000 pixels take 100000000 bytes, and 1 are left in the file", "P5 10000 10000 255 x"u8.ToArray());
        AssertFault("truncated: 10000 x 10000 pixels take 199999999 bytes, and 1 are left in the file", "P2 10000 10000 255 1"u8.ToArray());
        AssertFault("truncated: 10000 x 10000 pixels take 1200000000 bytes, and 4 are left in the file",
            "PF 10000 10000 -1 1234"u8.ToArray());
        AssertFault("its header gives 100000 x 100000 = 10000000000 pixels, above the limit of 200000000 (MaxPixels)",
            "P4 100000 100000 "u8.ToArray());
        AssertFault("truncated: 9000 x 9000 pixels of 24 bits take 243000000 bytes, and 0 are left in the file",
            BmpHead(9000, 9000, 24, 0));
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(allocated < 4 << 20, $"{allocated} bytes allocated");
    }

    private static byte[] BmpHead(int width, int height, int depth, int compression, int size = 40, int pixelsAt = 54)
    {
        byte[] head = new byte[54];
        "BM"u8.CopyTo(head);
        foreach ((int at, int value) in new[] { (10, pixelsAt), (14, size), (18, width), (22, height), (28, depth), (30, compression) })
            BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(at), value);
        return head;
    }

    [Fact]
    public void Faults_of_bmp_files_are_named()
    {
        AssertFault("its BMP header says it is 41000 bytes long; 12, 40, 52, 56, 64, 108 and 124 are known",
            BmpHead(1, 1, 24, 0, size: 41000));
        AssertFault("BMP compression 4 is not supported; 0 to 3 and 6 are", BmpHead(1, 1, 24, 4));
        AssertFault("BMP compression 1 does not go with 24 bits a pixel", BmpHead(1, 1, 24, 1));
        AssertFault("BMP compression 0 does not go with 7 bits a pixel", BmpHead(1, 1, 7, 0));
        AssertFault("run-length compression does not go with rows from the top (negative height)", BmpHead(1, -1, 8, 1));
        AssertFault("its header gives a size of -1 x 1 pixels; both must be 1 to 2147483647", BmpHead(-1, 1, 24, 0));
        AssertFault("its header gives a size of 1 x 2147483648 pixels; both must be 1 to 2147483647", BmpHead(1, int.MinValue, 24, 0));
        AssertFault("its pixels are said to start at byte 20, inside the headers, which end at 54", BmpHead(1, 1, 24, 0, pixelsAt: 20));
        AssertFault("truncated: the file ends 0 bytes into the gap before the pixels of 46 bytes", BmpHead(1, 1, 24, 0, pixelsAt: 100));
        AssertFault("truncated: the file ends 0 bytes into the colour masks of 12 bytes", BmpHead(1, 1, 16, 3));
        AssertFault("its colour mask 0x00000005 is not one run of bits",
            [.. BmpHead(1, 1, 16, 3, pixelsAt: 66), 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        AssertFault("its colour mask 0x00FF0000 is wider than 16 bits",
            [.. BmpHead(1, 1, 16, 3, pixelsAt: 66), 0, 0, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        AssertFault("a pixel names palette entry 1; the palette has 1 entry",
            [.. BmpHead(1, 1, 8, 0, pixelsAt: 58), 0, 0, 0, 0, 1, 0, 0, 0]);
        var runs = new BmpBuilder { Width = 3, Height = 2, Depth = 8 };
        AssertFault("a run of pixels leaves row 0 of width 3", runs.WithRuns(1, [5, 1]));
        AssertFault("truncated: the runs of pixels end in row 1 of 2", runs.WithRuns(1, [3, 1, 0, 0]));
        AssertFault("a run-length skip leads to column 4, row 0, outside 3 x 2", runs.WithRuns(1, [0, 2, 4, 0]));
    }

    [Theory]
    [InlineData("P5 0 1 255 x", "its header gives a size of 0 x 1 pixels; both must be 1 to 2147483647")]
    [InlineData("P5 -1 1 255 x", "the width is not a number: it has '-'")]
    [InlineData("P5 99999999999 1 255 x", "the width starts with 9999999999, above 2147483647")]
    [InlineData("P5 1 1 0 x", "the maximal value is 0; 1 to 65535 are legal")]
    [InlineData("P5 1 1 65536 x", "the maximal value starts with 65536, above 65535")]
    [InlineData("P5 1 1 10 x", "a sample of row 0 is 120, above 10")]
    [InlineData("P2 1 2 10 7 11", "a sample of row 1 starts with 11, above 10")]
    [InlineData("P1 2 1 1 2", "a pixel of row 0 is '2', neither 0 nor 1")]
    [InlineData("P1 2 1 1 #", "truncated: the file ends before a pixel of row 0")]
    [InlineData("P5 # no end", "truncated: the file ends before the width")]
    [InlineData("PF 1 1 0 xxxxxxxxxxxx", "the scale '0' is not a finite number other than 0")]
    [InlineData("PF 1 1 -x xxxxxxxxxxxx", "the scale '-x' is not a finite number other than 0")]
    public void Faults_of_netpbm_files_are_named(string file, string fault) => AssertFault(fault, Encoding.ASCII.GetBytes(file));

    [Fact]
    public void A_webp_picture_of_another_size_than_its_canvas_is_refused_before_it_is_decoded()
    {
        byte[] extended = [0, 0, 0, 0, 12, 0, 0, 8, 0, 0], lossy = [0x30, 7, 0, 0x9D, 1, 0x2A, 0x88, 0x13, 0x70, 0x17],
            lossless = [0x2F, 0xFF, 0xFF, 0xFF, 0x0F];
        AssertFault("one of its WebP chunks is of 5000x6000 pixels, and one before it of 13x9", WebP(("VP8X", extended), ("VP8 ", lossy)));
        AssertFault("one of its WebP chunks is of 16384x16384 pixels, and one before it of 13x9",
            WebP(("VP8X", extended), ("VP8L", lossless)));
    }

    [Fact]
    public void A_tiff_strip_of_far_more_rows_than_the_picture_is_refused_before_room_is_made_for_it()
    {
        byte[] file = Pictures.Write(Pictures.Random(13, 9, 1, SampleType.UInt8, seed: 1), "a.tif");
        int rows = Enumerable.Range(0, file.Length - 12).Last(at => BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(at)) == 278
            && BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(at + 2)) is 3 or 4) + 8;
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(rows), 1 << 30);
        AssertFault("its strips have 1073741824 rows of 13 bytes, and the picture has 9 rows", file);

        // Some more, and no number at all, are usual.
        foreach (uint usual in (uint[])[9, 16, 4096, int.MaxValue, uint.MaxValue])
        {
            BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(rows), usual);
            Assert.Equal(9, Pictures.Read(file).Height);
        }
    }

    [Fact]
    public void A_tiff_field_that_is_given_twice_is_refused()
    {
        // A height within the limit, which is seen, and one far beyond it, by which the decoder makes room.
        byte[] file = Pictures.Write(Pictures.Random(13, 9, 3, SampleType.UInt8, seed: 1), "a.tif");
        int Field(int tag) =>
            Enumerable.Range(0, file.Length - 12)
            .Last(at => BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(at)) == tag
            && BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(at + 2)) is 3 or 4);
        int height = Field(257), rows = Field(278);
        file.AsSpan(height, 12).CopyTo(file.AsSpan(rows));
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(height + 8), 16_777_217);
        AssertFault("its page gives field 257 twice", file);
    }

    [Fact]
    public void A_tiff_strip_that_is_the_file_itself_is_refused()
    {
        // The decoder would open the file within itself, until the stack is full and the process dies.
        byte[] file = Pictures.Write(Pictures.Random(13, 9, 3, SampleType.UInt8, seed: 1), "a.tif");
        int Field(int tag) =>
            Enumerable.Range(0, file.Length - 12)
            .Last(at => BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(at)) == tag
            && BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(at + 2)) is 3 or 4);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(Field(259) + 8), 7);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(Field(273) + 8), 0);
        AssertFault("strip 0 is JPEG data, and does not begin as such", file);
    }

    private static byte[] WebP(params (string Type, byte[] Data)[] chunks)
    {
        using var file = new MemoryStream();
        file.Write("RIFF0000WEBP"u8);
        foreach ((string type, byte[] data) in chunks)
        {
            file.Write(Encoding.ASCII.GetBytes(type));
            file.Write(BitConverter.GetBytes(data.Length));
            file.Write(data);
            if (data.Length % 2 == 1) file.WriteByte(0);
        }
        byte[] bytes = file.ToArray();
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), bytes.Length - 8);
        return bytes;
    }

    [Fact]
    public void A_file_that_is_not_there_is_an_ordinary_input_output_error() =>
        Assert.Throws<FileNotFoundException>(() => ImageFile.Read(Path.Combine(Path.GetTempPath(), "no such picture.png")));

    [Fact]
    public void A_picture_of_runs_that_its_file_cannot_describe_is_refused_before_memory_is_taken()
    {
        byte[] file = File.ReadAllBytes(SharedData.Path("cases", "rle-14000x14000.bmp"));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.StartsWith("its header lies: 14000 x 14000 = 196000000 pixels, and the 2 bytes of runs left in the file make at most 255",
            Fault(file), StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);

        // A picture of one colour is short and true.
        byte[] runs = [.. Enumerable.Range(0, 1000).SelectMany(static _ => (byte[])[255, 7, 255, 7, 255, 7, 235, 7, 0, 0])];
        Assert.Equal((1000, 1000), (Pictures.Read(new BmpBuilder { Width = 1000, Height = 1000, Depth = 8 }.WithRuns(1, runs)) is { } image
            ? (image.Width, image.Height) : default));
    }

    public static TheoryData<string> Formats => ["a.jpg", "a.webp", "a.gif", "a.tif", "a.tga", "a.bmp"];

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_file_cut_anywhere_is_refused(string name)
    {
        byte[] file = Pictures.Write(Pictures.Smooth(40, 30, 3, SampleType.UInt8, 1), name);

        // BMP may lack the padding of its last row, GIF its end mark, TGA has a footer, TIFF's directory comes last.
        int tail = name switch { "a.bmp" => 3, "a.gif" => 1, "a.tga" => 26, _ => 0 };
        for (int length = 0; length < file.Length - tail; length += Math.Max(1, file.Length / 97))
        {
            byte[] cut = file[..length];
            Assert.Throws<ImageFormatException>(() => Pictures.Read(cut));
        }
        Pictures.Read(file);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void The_limit_on_pixels_is_checked_against_the_header(string name)
    {
        byte[] file = Pictures.Write(Pictures.Smooth(200, 150, 3, SampleType.UInt8, 1), name);
        Assert.Equal("its header gives 200 x 150 = 30000 pixels, above the limit of 29999 (MaxPixels)",
            Fault(file, s_ours with { MaxPixels = 29_999 }));
        Assert.Equal(200, Pictures.Read(file, s_ours with { MaxPixels = 30_000 }).Width);
    }

    [Fact]
    public void Faults_of_other_formats_are_named()
    {
        byte[] jpeg = Pictures.Write(Pictures.Smooth(40, 30, 3, SampleType.UInt8, 1), "a.jpg");
        AssertFault("truncated: its JPEG data ends without the end mark", jpeg[..^2]);
        AssertFault("its JPEG data has 0x41 where a marker, 0xFF, must be", [0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 1, 2, 0x41]);
        AssertFault("its JPEG data ends before a picture begins", [0xFF, 0xD8, 0xFF, 0xD9]);
        AssertFault("it is an animated WebP picture, which cannot be read here: convert it to GIF or APNG",
            [.. "RIFF\u0016\0\0\0WEBPVP8X\u000a\0\0\0"u8, 2, 0, 0, 0, 9, 0, 0, 9, 0, 0]);
        AssertFault("its GIF data holds no picture", [.. "GIF89a"u8, 4, 0, 4, 0, 0, 0, 0, 0x3B]);
        byte[] tiles = [.. "II*\0"u8, 8, 0, 0, 0, 4, 0, 0, 1, 3, 0, 1, 0, 0, 0, 8, 0, 0, 0, 1, 1, 3, 0, 1, 0, 0, 0, 8, 0, 0, 0, 66, 1, 3, 0,
            1, 0, 0, 0, 4, 0, 0, 0, 67, 1, 3, 0, 1, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0];
        AssertFault("its 8 x 8 pixels take 2 tiles, and it tells the places of 0 and the lengths of 0", tiles);
        tiles[54] = 0;
        AssertFault("its tiles are of 4 x 0 pixels", tiles);
        (tiles[42], tiles[43], tiles[54], tiles[55]) = (255, 255, 255, 255);
        AssertFault("its tiles of 65535 x 65535 pixels hold 4294836225 pixels, and the picture is of 8 x 8", tiles);
        AssertFault("its TIFF data holds no readable page", [.. "II*\0"u8, 8, 0, 0, 0, 0, 0]);
        byte[] tiff = Pictures.Write(Pictures.Smooth(40, 30, 3, SampleType.UInt8, 1), "a.tif");
        int compression = tiff.AsSpan().IndexOf((byte[])[3, 1, 3, 0, 1, 0, 0, 0, 8, 0]);
        tiff[compression + 8] = 99;
        Assert.Contains("99", Fault(tiff), StringComparison.Ordinal);
    }

    private static string Fault(byte[] file, ImageReadSettings? settings = null) =>
        Assert.Throws<ImageFormatException>(() => Pictures.Read(file, settings)).Fault;
}
