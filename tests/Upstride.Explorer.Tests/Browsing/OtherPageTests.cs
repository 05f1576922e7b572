using Microsoft.Playwright;

namespace Upstride.Explorer.Tests.Browsing;

public class OtherPageTests(Site site)
{
    [Fact]
    public async Task A_pair_of_kernel_and_stride_shows_its_overlap_pattern_and_cures()
    {
        await using Visit visit = await site.VisitAsync("#check/i8x8-k3-s2-p1-o1/w=ones", height: 1400);
        await visit.SeesAsync("#verdict", "Uneven overlap: 1 to 4 products on an output. A flat input gets a pattern of -6.3 dB");
        Assert.Equal("4 2 2 1", await visit.CellsAsync("#g-0"));
        await visit.SeesAsync("#cure-equalize", "Pattern -6.3 dB, then flat");
        Assert.Equal(1, await visit.Page.Locator("svg.chart").CountAsync());
        await visit.KeepAsync("checkerboard", whole: true);

        await visit.OpenAsync("#check/i8x8-k4-s2-p1");
        await visit.SeesAsync("#verdict", "-12.3 dB");
        Assert.Equal("24 28 40 44", await visit.CellsAsync("#g-1"));

        await visit.Page.ClickAsync("#pair-2-2");
        await visit.UntilAsync("location.hash.includes('k2')");
        await visit.SeesAsync("#verdict", "Even overlap: 1 products on every output.");
    }

    [Fact]
    public async Task Gaps_are_seen_in_one_axis()
    {
        await using Visit visit = await site.VisitAsync("#check/i4-k3-s2-d2");
        await visit.UntilAsync("document.querySelector('#p-0')");
        Assert.Equal("1 0 2 0 3 0 3 0 2 0 1", await visit.CellsAsync("#p-0"));
    }

    [Fact]
    public async Task A_cure_is_taken_into_the_weights()
    {
        await using Visit visit = await site.VisitAsync("#check/i8x8-k4-s2-p1");
        await visit.Page.ClickAsync("#apply-equalize");
        await visit.SeesAsync("#verdict", "A flat input stays flat");
        Assert.Contains("w=", await visit.Page.EvaluateAsync<string>("location.hash"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_sample_picture_is_enlarged_and_compared()
    {
        await using Visit visit = await site.VisitAsync("#picture");
        await visit.SeesAsync("#picture-size", "64x48 → 192x144");
        await visit.UntilAsync("document.querySelector('#psnr-fsrcnn')?.textContent.length > 0");
        double network = double.Parse(await visit.TextAsync("#psnr-fsrcnn"), System.Globalization.CultureInfo.InvariantCulture);
        double bicubic = double.Parse(await visit.TextAsync("#psnr-bicubic"), System.Globalization.CultureInfo.InvariantCulture);
        Assert.True(network > bicubic, $"FSRCNN {network} dB, bicubic {bicubic} dB");
        await visit.KeepAsync("picture");
        await visit.Page.ClickAsync("#all");
        foreach (string method in (string[])["unpool", "transposed"])
            await visit.UntilAsync($"document.querySelector('#psnr-{method}')?.textContent.length > 0");

        // Without the picture before it was made small there is nothing to compare with and nothing to unpool.
        await visit.Page.UncheckAsync("#shrink");
        await visit.SeesAsync("#picture-size", "192x144 → 576x432");
        Assert.Equal(0, await visit.Page.Locator("#b-unpool").CountAsync());
    }

    [Theory]
    [InlineData("drop")]
    [InlineData("paste")]
    public async Task A_picture_is_dropped_or_pasted(string way)
    {
        await using Visit visit = await site.VisitAsync("#picture/m=nearest");
        await visit.SeesAsync("#picture-size", "64x48 → 192x144");
        await DropAsync(visit, "grey.bmp", GreyPicture(96), way);
        await visit.SeesAsync("#picture-size", "32x32 → 96x96");
        await visit.UntilAsync("document.querySelector('#psnr-nearest')?.textContent.length > 0");

        // The divider follows the pointer, the picture is saved, and what stands there is B.
        await visit.Page.FillAsync("#zoom", "4");
        await visit.UntilAsync("getComputedStyle(document.querySelector('#divider')).getPropertyValue('--zoom').trim() === '4'");
        await visit.Page.DragAndDropAsync("#divider", "#divider", new()
        {
            SourcePosition = new() { X = 20, Y = 20 }, TargetPosition = new() { X = 60, Y = 20 },
        });
        await visit.UntilAsync("document.querySelector('#split').value !== '50'");
        Assert.StartsWith("\u0089PNG",
            await SavedAsync(visit, "#save-picture", "upstride-nearest-x3.png", System.Text.Encoding.Latin1), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_worker_the_page_makes_the_pictures_itself()
    {
        string with, without;
        await using (Visit visit = await site.VisitAsync("#picture"))
        {
            await visit.UntilAsync("document.querySelector('#psnr-fsrcnn')?.textContent.length > 0");
            Assert.Single(visit.Page.Workers);
            with = await visit.TextAsync("#psnr-fsrcnn");
        }
        await using (Visit visit = await site.VisitAsync("#picture", script: "delete window.Worker"))
        {
            await visit.UntilAsync("document.querySelector('#psnr-fsrcnn')?.textContent.length > 0");
            Assert.Empty(visit.Page.Workers);
            without = await visit.TextAsync("#psnr-fsrcnn");
        }
        Assert.Equal(without, with);
    }

    [Fact]
    public async Task Reading_a_model_is_told_and_cancelled_while_the_page_answers()
    {
        string file = Path.Combine(Directory.CreateTempSubdirectory().FullName, "large.safetensors");
        try
        {
            await File.WriteAllBytesAsync(file, LargeWeights(), TestContext.Current.CancellationToken);
            await using Visit visit = await site.VisitAsync("#model");
            await visit.SeesAsync("#about-title", "decoder.onnx");
            Assert.Equal("models", await Assert.Single(visit.Page.Workers).EvaluateAsync<string>("self.name"));
            await visit.Page.SetInputFilesAsync("#model-file", file);
            await visit.SeesAsync("#doing", "large.safetensors");
            await visit.SeesAsync("#doing", "s left");

            // The page goes on meanwhile.
            await visit.Page.ClickAsync("#layer-0");
            await visit.UntilAsync("document.querySelector('#layer-0').ariaPressed === 'true'");
            await visit.Page.ClickAsync("#cancel");
            await visit.UntilAsync("!document.querySelector('#progress')");
            Assert.Equal("decoder.onnx", await visit.TextAsync("#about-title"));
            // That a worker has ended is told a little later.
            for (int tried = 0; tried < 10 * Site.Patience && visit.Page.Workers.Count > 0; tried++)
                await visit.Page.WaitForTimeoutAsync(100);
            Assert.Empty(visit.Page.Workers);
            await DropAsync(visit, "fsrcnn-x2.safetensors", await File.ReadAllBytesAsync(Path.Combine(SharedData.Checkout, "src",
                "Upstride.Models", "Weights", "fsrcnn-x2.safetensors"), TestContext.Current.CancellationToken));
            await visit.SeesAsync("#about-title", "fsrcnn-x2.safetensors");
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
        }
    }

    // 48 MB: twelve layers of 256 to 256 channels and 4x4 taps.
    private static byte[] LargeWeights()
    {
        const int Layers = 12, Bytes = 256 * 256 * 16 * sizeof(float);
        string header = "{" + string.Join(',', Enumerable.Range(0, Layers).Select(static layer =>
            $"\"up{layer}\":{{\"dtype\":\"F32\",\"shape\":[256,256,4,4],\"data_offsets\":[{layer * Bytes},{(layer + 1) * Bytes}]}}")) + "}";
        byte[] text = System.Text.Encoding.UTF8.GetBytes(header.PadRight((header.Length + 7) / 8 * 8));
        byte[] file = [.. BitConverter.GetBytes((ulong)text.Length), .. text, .. new byte[Layers * Bytes]];
        for (int at = 8 + text.Length; at < file.Length; at += sizeof(float)) BitConverter.TryWriteBytes(file.AsSpan(at), at % 97 / 97f);
        return file;
    }

    [Fact]
    public async Task Without_a_worker_the_page_reads_the_models_itself()
    {
        await using Visit visit = await site.VisitAsync("#model", script: "delete window.Worker");
        await visit.SeesAsync("#model-about", "ONNX");
        await visit.SeesAsync("#layer-verdict", "overlap");
        Assert.Empty(visit.Page.Workers);
        Assert.Equal(3, (await visit.Page.Locator("#layers td:last-child").AllInnerTextsAsync()).Count(static one =>
            one.Contains("dB", StringComparison.Ordinal)));
    }

    // As earlier tests by hand counted them: a DCGAN's generator and a U-Net.
    [Theory]
    [InlineData("digits.onnx", 4, 4)]
    [InlineData("streets.onnx", 31, 4)]
    public async Task The_trained_models_open_with_a_verdict_on_each_upsampling(string name, int layers, int upsamplings)
    {
        await using Visit visit = await site.VisitAsync("#model");
        await visit.SeesAsync("#model-about", "ONNX");
        await DropAsync(visit, name, await File.ReadAllBytesAsync(Path.Combine(SharedData.Checkout, "samples", "models", name),
            TestContext.Current.CancellationToken));
        await visit.SeesAsync("#about-title", name);
        string[] verdicts = await visit.Page.Locator("#layers tbody td:last-child").AllInnerTextsAsync() is { } all ? [.. all] : [];
        Assert.Equal((layers, upsamplings), (verdicts.Length, verdicts.Count(static one => one.Trim().Length > 0)));
        await visit.SeesAsync("#layer-verdict", "overlap");
        await visit.KeepAsync($"model-{Path.GetFileNameWithoutExtension(name)}");
    }

    [Fact]
    public async Task Work_is_cancelled_and_the_page_lives_on()
    {
        await using Visit visit = await site.VisitAsync("#picture/m=nearest");
        await visit.UntilAsync("document.querySelector('#psnr-nearest')?.textContent.length > 0");

        // Work of many seconds, which has not ended before it is cancelled.
        await GiveGreyAsync(visit, 600, "600x600 → 1800x1800");
        await visit.Page.CheckAsync("#b-fsrcnn");
        await visit.Page.ClickAsync("#cancel");
        await visit.UntilAsync("!document.querySelector('#progress')");
        Assert.True(await visit.Page.IsDisabledAsync("#save-picture"), "what was cancelled has a result");
        await visit.Page.CheckAsync("#b-bilinear");
        await visit.UntilAsync("location.hash.includes('m=bilinear')");
        await visit.UntilAsync("!document.querySelector('#save-picture').disabled");
    }

    [Fact]
    public async Task Of_a_large_picture_the_network_makes_the_middle_in_ten_seconds()
    {
        await using Visit visit = await site.VisitAsync("#picture/m=nearest/z=2");
        await visit.UntilAsync("document.querySelector('#psnr-nearest')?.textContent.length > 0");
        await visit.Page.CheckAsync("#a-nearest");
        await GiveGreyAsync(visit, 1200, "1200x1200 → 2400x2400");
        await visit.Page.CheckAsync("#b-fsrcnn");
        await visit.SeesAsync("#picture-part", "of 2400x2400: as many pixels as the network makes in ten seconds here");
        // In the middle it stands, at the border what is compared with it shows through.
        byte[] pixels = await visit.Page.EvaluateAsync<byte[]>(
            """
            () => {
              const row = document.querySelector('#canvas-b').getContext('2d').getImageData(0, 1200, 2400, 1).data;
              return [1200, 4].map(at => row[4 * at + 3]);
            }
            """);
        Assert.Equal([255, 0], pixels);
        await visit.KeepAsync("picture-part");
    }

    [Fact]
    public async Task A_picture_of_too_many_pixels_is_refused_before_they_are_there()
    {
        await using Visit visit = await site.VisitAsync("#picture/m=nearest", script:
            "Object.defineProperty(HTMLImageElement.prototype, 'decode', { value: () => { throw new Error('it was decoded'); } });");
        await visit.UntilAsync("document.querySelector('#picture-fault')?.textContent.includes('it was decoded')");
        // A bitmap may end early: what is missing is black.
        byte[] file = GreyPicture(4);
        BitConverter.TryWriteBytes(file.AsSpan(18), 20000);
        BitConverter.TryWriteBytes(file.AsSpan(22), 20000);
        await visit.Page.SetInputFilesAsync("#picture-file", new FilePayload { Name = "bomb.bmp", MimeType = "image/bmp", Buffer = file });
        await visit.SeesAsync("#picture-fault", "The picture is 20000x20000, more than 4000000 pixels: make it smaller.");
    }

    // A square that is not made small first. The quick method has its result, so that what is chosen from here on is all that works.
    private static async Task GiveGreyAsync(Visit visit, int side, string size)
    {
        await visit.Page.UncheckAsync("#shrink");
        await visit.Page.SetInputFilesAsync("#picture-file",
            new FilePayload { Name = "grey.bmp", MimeType = "image/bmp", Buffer = GreyPicture(side) });
        await visit.SeesAsync("#picture-size", size);
        await visit.UntilAsync("!document.querySelector('#progress') && !document.querySelector('#save-picture').disabled");
    }

    // A square bitmap of 24 bits, whose rows have no padding where the side divides by 4.
    private static byte[] GreyPicture(int side)
    {
        byte[] file = new byte[54 + 3 * side * side];
        "BM"u8.CopyTo(file);
        foreach ((int at, int value) in ((int, int)[])[(2, file.Length), (10, 54), (14, 40), (18, side), (22, side), (26, 1 | 24 << 16)])
            BitConverter.TryWriteBytes(file.AsSpan(at), value);
        file.AsSpan(54).Fill(128);
        return file;
    }

    [Fact]
    public async Task The_sample_model_is_drawn_and_a_layer_opens_on_the_other_pages()
    {
        await using Visit visit = await site.VisitAsync("#model");
        await visit.SeesAsync("#model-about", "ONNX");
        await visit.SeesAsync("#layer-verdict", "overlap");
        Assert.Equal(3,
            await visit.Page.Locator("#layers td:last-child").EvaluateAllAsync<int>(
                "cells => cells.filter(cell => cell.textContent.includes('dB')).length"));
        await visit.KeepAsync("model");
        await visit.Page.ClickAsync("#open-checkerboard");
        await visit.UntilAsync("location.hash.startsWith('#check/')");
        await visit.SeesAsync("#verdict", "overlap");
        await visit.Page.GoBackAsync();
        await visit.Page.ClickAsync("#open-operator");
        await visit.UntilAsync("location.hash.startsWith('#op/')");
        await visit.UntilAsync("document.querySelector('#size')");
    }

    [Fact]
    public async Task Hostile_files_are_refused_with_a_message_and_the_page_lives_on()
    {
        await using Visit visit = await site.VisitAsync("#model");
        await visit.SeesAsync("#model-about", "ONNX");
        byte[] noise = new byte[4000], header = [.. BitConverter.GetBytes(40UL),
            .. "{\"w\":{\"dtype\":\"F32\",\"shape\":[9999999,99999,9]"u8.ToArray()];
        new Random(1).NextBytes(noise);
        foreach ((string name, byte[] bytes) in ((string, byte[])[])[("noise.onnx", noise), ("huge.safetensors", header),
            ("text.onnx", "hello"u8.ToArray())])
        {
            await visit.Page.SetInputFilesAsync("#model-file",
                new FilePayload { Name = name, MimeType = "application/octet-stream", Buffer = bytes });
            await visit.SeesAsync("#model-fault", $"{name} cannot be read");
        }
        await visit.KeepAsync("hostile");
        await visit.Page.ClickAsync("#language");
        await visit.Page.SetInputFilesAsync("#model-file", new FilePayload
        {
            Name = "huge.safetensors", MimeType = "application/octet-stream", Buffer = header,
        });
        await visit.SeesAsync("#model-fault", "无法读取 huge.safetensors");
        Assert.DoesNotMatch("[a-z]{3,} [a-z]{3,}", await visit.TextAsync("#model-fault"));
        await visit.KeepAsync("hostile-zh");
        await visit.Page.ClickAsync("#language");
        await visit.Page.ClickAsync("#page-picture");
        await visit.UntilAsync("document.querySelector('#picture-file')");
        await visit.Page.SetInputFilesAsync("#picture-file",
            new FilePayload { Name = "noise.png", MimeType = "image/png", Buffer = noise });
        await visit.SeesAsync("#picture-fault", "cannot read this as a picture");
        await visit.OpenAsync("#op/i99x99-k77/nonsense/x=1,2/vs=caffe");
        await visit.SeesAsync(".notice", "nonsense");
        await visit.OpenAsync("#op/i3x3-k3-p4");
        await visit.SeesAsync("#fault", "padding");
        await visit.Page.ClickAsync("#nearest");
        await visit.UntilAsync("document.querySelector('#size')");
    }

    [Fact]
    public async Task A_model_is_dropped()
    {
        await using Visit visit = await site.VisitAsync("#model");
        await visit.SeesAsync("#model-about", "ONNX");
        byte[] file = await File.ReadAllBytesAsync(Path.Combine(SharedData.Checkout, "src", "Upstride.Models", "Weights",
            "fsrcnn-x2.safetensors"), TestContext.Current.CancellationToken);
        await DropAsync(visit, "fsrcnn-x2.safetensors", file);
        await visit.SeesAsync("#model-about", "safetensors");
        await visit.SeesAsync("#about-title", "fsrcnn-x2.safetensors");
    }

    [Fact]
    public async Task A_weights_file_is_dropped_on_the_checkerboard()
    {
        await using Visit visit = await site.VisitAsync("#check/i8x8-k3-s2-p1-o1/w=ones");
        await visit.SeesAsync("#verdict", "-6.3 dB");
        using var npy = new MemoryStream();
        Files.NpyFile.Write(npy, new([2, 2], (double[])[1, 2, 3, 4]), TestContext.Current.CancellationToken);
        await DropAsync(visit, "kernel.npy", npy.ToArray());
        await visit.SeesAsync("#weights-file-about", "kernel.npy (NumPy)");
        await visit.UntilAsync("location.hash.includes('k2') && location.hash.includes('s2')");
        Assert.Equal("1 2 3 4", await visit.CellsAsync("#g-1"));

        // The worst upsampling of a model; another is chosen in the list.
        await visit.Page.SetInputFilesAsync("#weights-file", new FilePayload
        {
            Name = "decoder.onnx", MimeType = "application/octet-stream",
            Buffer = await File.ReadAllBytesAsync(Path.Combine(Site.Folder, "decoder.onnx"), TestContext.Current.CancellationToken),
        });
        await visit.SeesAsync("#weights-file-about", "decoder.onnx (ONNX)");
        string before = await visit.Page.EvaluateAsync<string>("location.hash");
        string[] layers = await visit.Page.Locator("#weights-layer option").EvaluateAllAsync<string[]>("all => all.map(one => one.value)");
        string now = await visit.Page.InputValueAsync("#weights-layer");
        Assert.True(layers.Length >= 3, string.Join(' ', layers));
        await visit.Page.SelectOptionAsync("#weights-layer", layers.First(layer => layer != now));
        await visit.UntilAsync($"location.hash !== '{before}'");
        await DropAsync(visit, "text.npy", "hello"u8.ToArray());
        await visit.SeesAsync("#weights-file-fault", "text.npy cannot be read");
        await visit.KeepAsync("checkerboard-file", whole: true);
    }

    [Fact]
    public async Task Layers_and_other_upsamplers_are_exported()
    {
        await using Visit visit = await site.VisitAsync("#model");
        await visit.SeesAsync("#model-about", "ONNX");
        Assert.Contains("ConvTranspose", await SavedAsync(visit, "#export-svg", "upstride-model.svg"), StringComparison.Ordinal);
        Assert.Contains("\"patternDb\"", await SavedAsync(visit, "#export-json", "upstride-model.json"), StringComparison.Ordinal);
        Assert.Equal("upstride check decoder.onnx", await visit.TextAsync("#command"));
        Assert.Equal(0, await visit.Page.Locator("#export-moving").CountAsync());

        await visit.OpenAsync("#op/i3x3-k3-s2-p1-o1/m=learn");
        await visit.UntilAsync("document.querySelector('#other-export-moving')");
        Assert.Contains("@keyframes", await SavedAsync(visit, "#other-export-moving", "upstride-learn-moving.svg"),
            StringComparison.Ordinal);
        Assert.Equal("upstride explain --learn", await visit.TextAsync("#other-command"));
    }

    private static async Task<string> SavedAsync(Visit visit, string button, string name, System.Text.Encoding? encoding = null)
    {
        IDownload download = await visit.Page.RunAndWaitForDownloadAsync(() => visit.Page.ClickAsync(button));
        Assert.Equal(name, download.SuggestedFilename);
        await using Stream content = await download.CreateReadStreamAsync();
        using var reader = new StreamReader(content, encoding ?? System.Text.Encoding.UTF8);
        return await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
    }

    private static async Task DropAsync(Visit visit, string name, byte[] file, string way = "drop")
    {
        await using IJSHandle data = await visit.Page.EvaluateHandleAsync(
            """
            ([name, text]) => {
              const d = new DataTransfer();
              d.items.add(new File([Uint8Array.from(atob(text), c => c.charCodeAt(0))], name));
              return d;
            }
            """, new[] { name, Convert.ToBase64String(file) });
        if (way == "drop") await visit.Page.DispatchEventAsync("body", "drop", new { dataTransfer = data });
        else
            await visit.Page.EvaluateAsync(
                """
                data => document.body.dispatchEvent(
                  new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }))
                """, data);
    }

    [Fact]
    public async Task Each_page_is_usable_at_400_pixels_in_both_schemes_and_in_Chinese()
    {
        await using Visit visit = await site.VisitAsync("#op/i3x3-k3-s2-p1-o1/lang=zh", width: 400, height: 800, dark: true, touch: true);
        foreach ((string page, string ready) in ((string, string)[])[("op/i3x3-k3-s2-p1-o1", "#o1-2"),
            ("check/i8x8-k3-s2-p1-o1/w=ones", "svg.chart"), ("picture", "#picture-size"), ("model", "#layers")])
        {
            await visit.OpenAsync($"#{page}/lang=zh");
            await visit.UntilAsync($"document.querySelector('{ready}')");
            Assert.Equal("zh-Hans", await visit.Page.EvaluateAsync<string>("document.documentElement.lang"));
            int wide = await visit.Page.EvaluateAsync<int>("document.documentElement.scrollWidth");
            Assert.True(wide <= 400, $"{page} is {wide} pixels wide");
            await visit.KeepAsync($"narrow-dark-{page.Split('/')[0]}", whole: true);
        }
    }

    [Fact]
    public async Task Colours_and_language_are_switched_on_the_page()
    {
        await using Visit visit = await site.VisitAsync("#op/i2x2-k2", width: 1920, height: 1200);
        string light = await visit.Page.EvaluateAsync<string>("getComputedStyle(document.body).backgroundColor");
        await visit.Page.SelectOptionAsync("#scheme", "dark");
        await visit.UntilAsync($"getComputedStyle(document.body).backgroundColor !== '{light}'");
        await visit.Page.ClickAsync("#language");
        await visit.SeesAsync("#settings-title", "设置");
        await visit.UntilAsync("location.hash.includes('lang=zh')");
        await visit.KeepAsync("wide-dark");
    }

    [Fact]
    public async Task Everything_is_exported()
    {
        await using Visit visit = await site.VisitAsync("#op/i2x2-k2");
        foreach ((string button, string name, string begins) in ((string, string, string)[])
            [("svg", "upstride-scatter.svg", "<svg"), ("moving", "upstride-scatter-moving.svg", "<svg"),
                ("png", "upstride-scatter.png", "\u0089PNG"), ("json", "upstride-scatter.json", "{")])
        {
            IDownload download = await visit.Page.RunAndWaitForDownloadAsync(() => visit.Page.ClickAsync($"#export-{button}"));
            Assert.Equal(name, download.SuggestedFilename);
            await using Stream content = await download.CreateReadStreamAsync();
            using var reader = new StreamReader(content, System.Text.Encoding.Latin1);
            Assert.StartsWith(begins, await reader.ReadToEndAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        }
        Assert.Equal("upstride explain --input 2x2 --kernel 2 --view scatter", await visit.TextAsync("#command"));
        await visit.Page.ClickAsync("#copy-code");
        await visit.SeesAsync("#copy-code", "Copied");
        Assert.Equal("y = torch.nn.functional.conv_transpose2d(x, w)",
            await visit.Page.EvaluateAsync<string>("navigator.clipboard.readText()"));
    }
}
