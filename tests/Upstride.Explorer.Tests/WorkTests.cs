using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Upstride.Explorer.Components;
using Upstride.Explorer.Services;

namespace Upstride.Explorer.Tests;

/// <summary>What is told of a piece of work, by its age.</summary>
public sealed class WorkTests : BunitContext
{
    private double _seconds;

    public WorkTests()
    {
        JSInterop.Mode = JSRuntimeMode.Loose;
        Services.AddScoped<Host>();
        Services.AddScoped<Store>();
    }

    [Fact]
    public void A_tenth_of_a_second_is_silent_then_it_is_said_and_from_a_second_on_it_can_be_cancelled()
    {
        using Work work = Begin();
        Assert.Empty(Show(work).FindAll("#doing"));
        _seconds = 0.1;
        IRenderedComponent<WorkStatus> felt = Show(work);
        Assert.Equal("Computing ...", felt.Find("#doing").TextContent);
        Assert.Empty(felt.FindAll("#cancel"));
        _seconds = 3;
        work.Tell(0.25);
        IRenderedComponent<WorkStatus> @long = Show(work);
        Assert.Equal("a model: 25 %, some 9 s left", @long.Find("#doing").TextContent);
        Assert.Equal("0.25", @long.Find("progress").GetAttribute("value"));
        @long.Find("#cancel").Click();
        Assert.True(work.Cancellation.IsCancellationRequested);
    }

    [Fact]
    public async Task The_escape_key_cancels_what_is_mentioned()
    {
        using Work work = Begin();
        Show(work);
        Host host = Services.GetRequiredService<Host>();
        await host.Pushed(null, "Escape", false);
        Assert.False(work.Cancellation.IsCancellationRequested);
        _seconds = 0.1;
        await host.Pushed(null, "e", false);
        Assert.False(work.Cancellation.IsCancellationRequested);
        await host.Pushed(null, "Escape", false);
        Assert.True(work.Cancellation.IsCancellationRequested);
    }

    [Fact]
    public async Task Who_works_need_not_see_to_it_that_it_is_told()
    {
        using Work work = Begin();
        IRenderedComponent<WorkStatus> status = Show(work);
        _seconds = 1;
        await status.WaitForAssertionAsync(() => Assert.Single(status.FindAll("#cancel")), TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task The_page_answers_after_twelve_milliseconds_of_work()
    {
        using Work work = Begin();
        int breaths = 0;
        for (int step = 0; step < 10; step++)
        {
            _seconds += 0.005;
            await work.BreatheAsync(step / 10.0, () =>
            {
                breaths++;
                return Task.CompletedTask;
            });
        }
        // 15, 30 and 45 milliseconds after the begin.
        Assert.Equal(3, breaths);
        Assert.Equal(0.9, work.Done);
    }

    [Fact]
    public void What_has_ended_is_not_cancelled()
    {
        Work work = Begin();
        work.Dispose();
        work.Cancel();
        Assert.False(work.Cancellation.IsCancellationRequested);
    }

    private Work Begin() => new("a model", () => TimeSpan.FromSeconds(_seconds));

    private IRenderedComponent<WorkStatus> Show(Work work) =>
        Render<WorkStatus>(parameters => parameters.Add(one => one.Work, work));
}
