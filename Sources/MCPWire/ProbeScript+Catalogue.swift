extension ProbeScript {
  /// The advertised list that comes after `list`, or the first one.
  func list(after list: CatalogueList?) -> CatalogueList? {
    let all = CatalogueList.allCases
    let start = list.flatMap { all.firstIndex(of: $0) }.map { $0 + 1 } ?? 0
    return all[start...].first { $0.isAdvertised(by: memory.capabilities) }
  }

  mutating func decideList(_ answer: Answer, _ progress: ListProgress) {
    let restart = Step.list(ListProgress(progress.list, isLiveness: progress.isLiveness))
    switch answer {
    case .result(let result): take(result, progress)
    case .error(let error) where progress.list == .resourceTemplates && error.isOfMethod:
      // Advertised with the resources, and missing in many servers.
      goOn(after: progress.list)
    case .trouble(let trouble) where trouble.outcome == .responseTooLarge && !progress.isFirstPage:
      failEndless("still more after \(ListProgress.bytesMax) bytes", progress)
    case .error, .trouble, .accepted, .redirect:
      if isStateless { fail(answer) } else { failInSession(answer, repeating: restart) }
    }
  }

  private mutating func take(_ result: RPCResult, _ progress: ListProgress) {
    let page = try? ListPage(
      result, of: progress.list, after: progress.isLiveness ? nil : progress.found)
    guard let page, page.count != nil else {
      return fail(Failure(.resultInvalid, "a result without the array of items"))
    }
    if isStateless, !page.isComplete {
      return fail(Failure(.resultInvalid, "a result of type \"\(page.resultType ?? "")\""))
    }
    if progress.isLiveness { return proceed() }
    if page.cursorIsInvalid {
      return fail(Failure(.resultInvalid, "a nextCursor that is no string"))
    }
    var progress = progress
    switch progress.take(page, received: exchange.received) {
    case .nextPage: step = .list(progress)
    case .endless(let why): failEndless(why, progress)
    case .complete:
      record(progress)
      goOn(after: progress.list)
    }
  }

  private mutating func goOn(after list: CatalogueList) {
    if let next = self.list(after: list) {
      step = .list(ListProgress(next))
    } else {
      proceedToChecks()
    }
  }

  private mutating func failEndless(_ why: String, _ progress: ListProgress) {
    fail(Failure(.paginationLoop, "\(why); at least \(progress.items) items"))
  }

  private mutating func record(_ progress: ListProgress) {
    listing.lists[progress.list] = progress.found.items.listed
    switch progress.list {
    case .tools:
      counts.tools = progress.items
      tools = progress.found.tools.tools
      if progress.found.tools.leftOut > 0 { warn(.toolsLeftOut) }
    case .prompts: counts.prompts = progress.items
    case .resources: counts.resources = progress.items
    case .resourceTemplates: counts.resourceTemplates = progress.items
    }
  }

  /// The listing at its end: a list that is not advertised is known to be empty.
  var wholeListing: CatalogueListing {
    var listing = listing
    listing.server = memory.texts.identity
    listing.instructions = memory.texts.instructions
    for list in CatalogueList.allCases where !list.isAdvertised(by: memory.capabilities) {
      listing.lists[list] = ListedItems()
    }
    return listing
  }
}
