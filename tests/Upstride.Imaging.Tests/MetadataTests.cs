using System.Collections.Immutable;
using System.Text;
using System.Text.Json;

namespace Upstride.Imaging.Tests;

/// <summary>What a file says beside the samples is carried over, as another program reads it.</summary>
public sealed class MetadataTests : IDisposable
{
    private const string Xmp =
        "<?xpacket begin='' id='W5M0MpCehiHzreSzNTczkc9d'?><x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF "
        + "xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description rdf:about='' "
        + "xmlns:dc='http://purl.org/dc/elements/1.1/' dc:source='a source'/></rdf:RDF></x:xmpmeta><?xpacket end='w'?>";

    private readonly string _folder = Directory.CreateTempSubdirectory("upstride-tests-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("png", true, true, true, true)]
    [InlineData("jpg", true, true, true, true)]
    [InlineData("webp", true, true, true, false)]
    [InlineData("tif", true, true, true, true)]
    [InlineData("gif", true, false, true, false)]
    [InlineData("bmp", true, false, false, true)]
    [InlineData("tga", false, false, false, false)]
    [InlineData("ppm", false, false, false, false)]
    public void Is_written_read_and_lost_as_the_format_can(string extension, bool profile, bool exif, bool xmp, bool density)
    {
        ImageMetadata told = Told();
        ImageBuffer image = Pictures.Smooth(20, 10, 3, SampleType.UInt8, 1).With(told);
        ImageFileFormat format = ImageFile.FormatOf("a." + extension);
        using var file = new MemoryStream();
        IReadOnlyList<string> losses;
        using (var writer = new ImageWriter(file, format, image.Format, told))
        {
            for (int y = 0; y < image.Height; y++) writer.WriteRow(image.Row(y));
            losses = writer.Losses;
        }
        ImageMetadata back = ImageFile.Decode(file.ToArray()).Metadata;
        Assert.Equal(profile ? told.IccProfile : [], back.IccProfile.ToArray());
        Assert.Equal(xmp ? told.Xmp : [], back.Xmp.ToArray());
        Assert.Equal(exif, !back.Exif.IsEmpty);
        Assert.Equal(
            [.. (profile ? Array.Empty<string>() : ["the colour profile"]), .. (exif ? Array.Empty<string>() : ["EXIF data"]),
                .. (xmp ? Array.Empty<string>() : ["the XMP packet"]), .. (density ? Array.Empty<string>() : ["the density"])],
            losses);
        if (density) Assert.Equal(300, back.Density!.Value.X * 0.0254, 0.01);

        ImageMetadata stripped = ImageFile.Decode(ImageFile.Encode(image, format, new() { StripMetadata = true })).Metadata;
        Assert.True(stripped.IccProfile.IsEmpty && stripped.Exif.IsEmpty && stripped.Xmp.IsEmpty);
    }

    [Theory]
    [InlineData("png")]
    [InlineData("jpg")]
    [InlineData("webp")]
    [InlineData("tif")]
    public void ExifTool_reads_what_was_carried_from_a_photograph(string extension)
    {
        string exiftool = OtherPrograms.ExifTool;
        ImageFile.Write(At("photo.jpg"), Pictures.Smooth(40, 30, 3, SampleType.UInt8, 1).With(
            new() { IccProfile = Told().IccProfile, Xmp = [.. Encoding.UTF8.GetBytes(Xmp)] }));
        OtherPrograms.Run(exiftool, "-q", "-overwrite_original", "-EXIF:Make=Maker", "-EXIF:Model=M 1",
            "-EXIF:DateTimeOriginal=2020:01:02 03:04:05", "-EXIF:FNumber=2.8", "-EXIF:GPSLatitude=48.5",
            "-EXIF:GPSLatitudeRef=N", "-EXIF:Artist=\u00c4nne", "-EXIF:Orientation#=8", "-JFIF:XResolution=240", "-JFIF:YResolution=240",
                "-JFIF:ResolutionUnit#=1", At("photo.jpg"));
        ImageFile.Write(At("made." + extension), ImageFile.Read(At("photo.jpg")));
        using JsonDocument document = JsonDocument.Parse(OtherPrograms.Run(
            exiftool, "-json", "-G0", "-n", "-charset", "utf8", At("made." + extension)));
        JsonElement tags = document.RootElement[0];
        string Tag(string name) => tags.TryGetProperty(name, out JsonElement value) ? value.ToString() : $"no {name}: {tags}";
        Assert.Equal("Maker", Tag("EXIF:Make"));
        Assert.Equal("M 1", Tag("EXIF:Model"));
        Assert.Equal("2020:01:02 03:04:05", Tag("EXIF:DateTimeOriginal"));
        Assert.Equal("2.8", Tag("EXIF:FNumber"));
        Assert.Equal("48.5", Tag("EXIF:GPSLatitude"));
        Assert.Equal("1", Tag("EXIF:Orientation"));
        Assert.Equal("a source", Tag("XMP:Source"));
        Assert.Equal("RGB ", Tag("ICC_Profile:ColorSpaceData"));
        string group = extension switch { "jpg" => "File", "png" => "PNG", "webp" => "RIFF", _ => "EXIF" };
        Assert.Equal(("30", "40"), (Tag(group + ":ImageWidth"), Tag(group + ":ImageHeight")));
        Assert.False(tags.TryGetProperty("ExifTool:Warning", out JsonElement warning), warning.ToString());
        switch (extension)
        {
            case "jpg": Assert.Equal("240", Tag("JFIF:XResolution")); break;
            case "png": Assert.Equal("9449", Tag("PNG:PixelsPerUnitX")); break;
            case "tif": Assert.Equal("240", Tag("EXIF:XResolution")); break;
        }
    }

    [Fact]
    public void A_TIFFs_fields_become_EXIF_elsewhere()
    {
        string exiftool = OtherPrograms.ExifTool;
        ImageFile.Write(At("a.tif"), Pictures.Smooth(12, 8, 3, SampleType.UInt16, 1));
        OtherPrograms.Run(exiftool, "-q", "-overwrite_original", "-EXIF:Artist=Someone", "-EXIF:ExposureTime=0.01",
            "-EXIF:XResolution=150", "-EXIF:YResolution=150", At("a.tif"));
        ImageFile.Write(At("b.jpg"), ImageFile.Read(At("a.tif")).Convert(SampleType.UInt8));
        string text = Encoding.UTF8.GetString(OtherPrograms.Run(exiftool, "-s", At("b.jpg")));
        Assert.Matches(@"Artist +: Someone", text);
        Assert.Matches(@"ExposureTime +: 1/100", text);
        Assert.Matches(@"XResolution +: 150", text);
        Assert.DoesNotContain("Warning", text, StringComparison.Ordinal);
    }

    [Fact]
    public void PNGs_colour_chunks_go_from_PNG_to_PNG()
    {
        var told = new ImageMetadata
        {
            Gamma = 0.45455, Chromaticities = new(0.3127, 0.329, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06), Cicp = new(12, 13, 0, 1),
                SrgbIntent = null, Density = new(2835, 2000),
        };
        ImageBuffer image = Pictures.Smooth(5, 4, 3, SampleType.UInt16, 1).With(told);
        ImageMetadata back = ImageFile.Decode(ImageFile.Encode(image, ImageFileFormat.Png)).Metadata;
        Assert.Equal((told.Gamma, told.Chromaticities, told.Cicp, told.Density),
            (back.Gamma, back.Chromaticities, back.Cicp, back.Density));
        using var writer = new ImageWriter(Stream.Null, ImageFileFormat.Jpeg, new(5, 4, 3, SampleType.UInt16), told);
        Assert.Equal(["16 bits a sample (JPEG has 8)", "the colour space by code points (cICP)", "the chromaticities"], writer.Losses);
    }

    [Fact]
    public void The_shared_cases_keep_profile_and_density()
    {
        ImageMetadata metadata = ImageFile.Read(SharedData.Path("cases", "iccp.png")).Metadata;
        Assert.False(metadata.IccProfile.IsEmpty);
        Assert.NotNull(metadata.Cicp);
        ImageBuffer turned = ImageFile.Read(SharedData.Path("cases", "exif6.png"));
        Assert.Equal((2, 3), (turned.Width, turned.Height));
        Assert.Equal(new PixelDensity(11811, 11811), turned.Metadata.Density);
    }

    [Fact]
    public void Makers_notes_keep_their_places()
    {
        // A value that no reader knows, with the place of another in it: it is only found where nothing has moved.
        byte[] exif = [.. Told().Exif, .. Enumerable.Range(0, 50).Select(static i => (byte)i)];
        ImageBuffer image = Pictures.Smooth(8, 8, 3, SampleType.UInt8, 1).With(new() { Exif = [.. exif] });
        byte[] back = [.. ImageFile.Decode(ImageFile.Encode(image, ImageFileFormat.Jpeg)).Metadata.Exif];
        Assert.Equal(exif.Length, back.Length);
        Assert.Equal(exif[^50..], back[^50..]);
    }

    [Fact]
    public void A_profile_for_other_colours_and_too_much_of_it_are_left_out_with_a_remark()
    {
        byte[] cmyk = [.. Told().IccProfile];
        "CMYK"u8.CopyTo(cmyk.AsSpan(16));
        byte[] file = ImageFile.Encode(Pictures.Smooth(8, 8, 3, SampleType.UInt8, 1).With(new() { IccProfile = [.. cmyk] }),
            ImageFileFormat.Png);
        using ImageReader reader = ImageReader.Open(new MemoryStream(file), "a");
        Assert.Equal(["a colour profile for CMYK"], reader.Remarks);
        Assert.True(reader.Metadata.IccProfile.IsEmpty);

        byte[] large = ImageFile.Encode(Pictures.Smooth(8, 8, 3, SampleType.UInt8, 1).With(
            new() { IccProfile = ImmutableArray.Create(new byte[100_000]), Exif = Told().Exif }), ImageFileFormat.Png);
        using ImageReader limited = ImageReader.Open(new MemoryStream(large), "a", new() { MaxMetadataBytes = 1000 });
        Assert.Equal(["a colour profile that is damaged or too long"], limited.Remarks);
        Assert.False(limited.Metadata.Exif.IsEmpty);
    }

    private static ImageMetadata Told()
    {
        byte[] profile = new byte[400];
        "acsp"u8.CopyTo(profile.AsSpan(36));
        "RGB "u8.CopyTo(profile.AsSpan(16));
        (profile[2], profile[3]) = (1, 144);

        // One tag: a copyright.
        (profile[131], profile[138], profile[139], profile[143]) = (1, 0, 144, 20);
        "cprt"u8.CopyTo(profile.AsSpan(132));
        "text\0\0\0\0nobody's\0"u8.CopyTo(profile.AsSpan(144));
        for (int i = 170; i < profile.Length; i++) profile[i] = (byte)(i * 31);
        return new()
        {
            IccProfile = [.. profile],
            Exif = [(byte)'M', (byte)'M', 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x0F, 0, 2, 0, 0, 0, 4, (byte)'A', (byte)'b', (byte)'c', 0, 0, 0,
                0, 0],
            Xmp = [.. Encoding.UTF8.GetBytes(Xmp)],
            Density = PixelDensity.PerInch(300, 300),
        };
    }

    private string At(string name) => Path.Combine(_folder, name);
}
